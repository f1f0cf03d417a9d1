// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProgramLinkerTest {
  private CollectionSpec spec;

  @BeforeEach
  void parse() throws SpecException {
    spec = TestObjects.parse("kinds");
  }

  @Test
  void putsCalledFunctionsBehindTheProgramOnce() throws SpecException {
    // record calls check, which calls account; record6 calls account alone.
    assertThat(functionStarts(spec.program("record"))).hasSize(3);
    assertThat(functionStarts(spec.program("record6"))).hasSize(2);
    assertThat(functionStarts(spec.program("steer"))).containsExactly(0);
  }

  @Test
  void pointsCallsAtTheBeginningOfFunctions() throws SpecException {
    for (String name : List.of("record", "record6")) {
      ProgramSpec program = spec.program(name);
      Instructions code = program.instructions();
      List<Integer> starts = functionStarts(program);
      List<Integer> targets = new ArrayList<>();
      for (int i = 0; i < code.count(); i++) {
        if (code.isLocalCall(i)) {
          targets.add(i + 1 + code.immediate(i));
        }
      }
      assertThat(targets).isNotEmpty().isSubsetOf(starts);
      assertThat(starts.subList(1, starts.size())).isSubsetOf(targets);
    }
  }

  @Test
  void movesReferencesOfCalledFunctionsAlong() throws SpecException {
    ProgramSpec program = spec.program("record6");
    Instructions code = program.instructions();
    int main = functionStarts(program).get(1);
    assertThat(program.maps()).containsExactlyInAnyOrder("events", ".data", ".bss", ".rodata");
    for (Reference reference : program.references()) {
      assertThat(reference.instruction()).isGreaterThanOrEqualTo(main);
      assertThat(code.opcode(reference.instruction())).isEqualTo(Instructions.LOAD_IMM64);
    }
  }

  @Test
  void refersToVariablesByTheirPlaceInTheSection() throws SpecException {
    byte[] content = spec.rodata().content();
    spec.rodata().set("limit", 0x7a7a7a7a);
    byte[] changed = spec.rodata().content();
    List<Reference.ToVariable> loads = new ArrayList<>();
    for (Reference reference : spec.program("steer").references()) {
      if (reference instanceof Reference.ToVariable load) {
        loads.add(load);
      }
    }
    assertThat(loads).hasSize(1);
    assertThat(loads.getFirst().map()).isEqualTo(".rodata");
    assertThat(loads.getFirst().offset()).isEqualTo(Arrays.mismatch(content, changed));
  }

  @Test
  void keepsSourceLinesInOrder() throws SpecException {
    for (ProgramSpec program : spec.programs().values()) {
      ByteBuffer lines = ByteBuffer.wrap(program.lineInfo()).order(ByteOrder.LITTLE_ENDIAN);
      int before = -1;
      for (int at = 0; at < lines.capacity(); at += LineInfo.BYTES) {
        assertThat(lines.getInt(at)).isGreaterThan(before);
        before = lines.getInt(at);
      }
      assertThat(before).isLessThan(program.instructions().count());
    }
  }

  private static List<Integer> functionStarts(ProgramSpec program) {
    ByteBuffer functions = ByteBuffer.wrap(program.functionInfo()).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> starts = new ArrayList<>();
    for (int at = 0; at < functions.capacity(); at += FunctionInfo.BYTES) {
      starts.add(functions.getInt(at));
    }
    return starts;
  }
}
