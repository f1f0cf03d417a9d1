// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoreRelocatorTest {
  private static final int INT = 1;
  private CollectionSpec spec;
  private BtfBuilder kernel;

  @BeforeEach
  void parse() throws SpecException {
    spec = TestObjects.parse("kinds");
    kernel = new BtfBuilder();
    assertThat(kernel.integer("unsigned int", 4)).isEqualTo(INT);
  }

  @Test
  void patchesTheOffsetOfAField() throws Exception {
    kernel.struct("tcp_sock", 2048, field("other", INT, 0), field("write_seq", INT, 1724));
    assertThat(patchedOffset()).isEqualTo(1724);
  }

  @Test
  void findsAFieldInsideAnonymousStructsAndUnions() throws Exception {
    int inner = kernel.struct("", 64, field("pad", INT, 0), field("write_seq", INT, 12));
    int middle = kernel.union("", 64, field("", inner, 0));
    kernel.struct("tcp_sock", 2048, field("head", INT, 0), field("", middle, 1000));
    assertThat(patchedOffset()).isEqualTo(1012);
  }

  @Test
  void goesOnToTheNextStructOfThatName() throws Exception {
    kernel.struct("tcp_sock", 8, field("of_another_subsystem", INT, 0));
    kernel.struct("tcp_sock", 2048, field("write_seq", INT, 88));
    assertThat(patchedOffset()).isEqualTo(88);
  }

  @Test
  void saysWhichFieldIsMissing() {
    kernel.struct("tcp_sock", 2048, field("snd_nxt", INT, 88));
    assertThatThrownBy(this::patchedOffset)
        .isInstanceOf(KernelMismatchException.class)
        .hasMessageContaining("program sequence: this kernel has no struct tcp_sock.write_seq");
  }

  @Test
  void refusesAnOffsetThatDoesNotFitTheInstruction() {
    kernel.struct("tcp_sock", 1 << 20, field("write_seq", INT, 40_000));
    assertThatThrownBy(this::patchedOffset)
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("offset 40000 does not fit 16 bits");
  }

  @Test
  void leavesProgramsWithoutRelocationsAlone() throws Exception {
    ProgramSpec program = spec.program("steer");
    Instructions code = program.instructions();
    new CoreRelocator(spec.types(), kernel.build()).apply(program, code);
    assertThat(code.bytes()).isEqualTo(program.instructions().bytes());
  }

  private int patchedOffset() throws Exception {
    ProgramSpec program = spec.program("sequence");
    List<CoreRelocation> relocations = program.relocations();
    assertThat(relocations).hasSize(1);
    Instructions code = program.instructions();
    new CoreRelocator(spec.types(), kernel.build()).apply(program, code);
    int at = relocations.getFirst().instruction();
    ByteBuffer other = ByteBuffer.wrap(code.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(other.getShort(at * Instructions.BYTES + 2)).isEqualTo((short) code.offset(at));
    return code.offset(at);
  }

  private static BtfBuilder.Field field(String name, int type, int byteOffset) {
    return new BtfBuilder.Field(name, type, byteOffset);
  }
}
