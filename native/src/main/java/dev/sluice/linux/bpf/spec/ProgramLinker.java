// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a program and the functions that it calls, directly or not, into one piece of code, as the
 * kernel wants it. Used for one program and thrown away.
 */
final class ProgramLinker {
  /** The kernel's limit for one program, {@code BPF_COMPLEXITY_LIMIT_INSNS}. */
  private static final int MOST_INSTRUCTIONS = 1_000_000;

  private final SectionCode code;
  private final Map<CodeFunction.Place, Integer> placed = new LinkedHashMap<>();
  private final List<CodeFunction> order = new ArrayList<>();
  private final List<Call> calls = new ArrayList<>();
  private final List<Reference> references = new ArrayList<>();
  private final List<CoreRelocation> relocations = new ArrayList<>();
  private final List<FunctionInfo> functions = new ArrayList<>();
  private final List<LineInfo> lines = new ArrayList<>();
  private int count;

  private record Call(int instruction, CodeFunction target) {}

  private ProgramLinker(SectionCode code) {
    this.code = code;
  }

  static LinkedCode link(SectionCode code, CodeFunction program) throws SpecException {
    ProgramLinker linker = new ProgramLinker(code);
    linker.place(program);
    for (int i = 0; i < linker.order.size(); i++) {
      linker.read(linker.order.get(i));
    }
    return linker.finish();
  }

  private void place(CodeFunction function) throws SpecException {
    if (placed.putIfAbsent(function.place(), count) != null) {
      return;
    }
    order.add(function);
    count += function.count();
    if (count > MOST_INSTRUCTIONS) {
      throw new SpecException(
          "linking program %s: more than %d instructions"
              .formatted(order.getFirst().name(), MOST_INSTRUCTIONS));
    }
  }

  private void read(CodeFunction function) throws SpecException {
    Integer start = placed.get(function.place());
    if (start == null) {
      throw new IllegalStateException("reading " + function.name() + " before it has a place");
    }
    SectionCode.Section section = code.section(function.section());
    int shift = start - function.first();
    int end = function.first() + function.count();
    for (int i = function.first(); i < end; i++) {
      ElfRelocation relocation = section.relocations().get(i);
      if (section.instructions().isLocalCall(i)) {
        call(function, i, i + shift, relocation);
      } else if (relocation != null) {
        references.add(code.reference(function, i, i + shift, relocation));
      }
      if (section.instructions().isWide(i)) {
        i++; // The second half looks like an instruction and is none.
      }
    }
    addDebug(function, shift);
  }

  private void call(
      CodeFunction function, int index, int placedAt, @Nullable ElfRelocation relocation)
      throws SpecException {
    CodeFunction target = code.callee(function, index, relocation);
    place(target);
    calls.add(new Call(placedAt, target));
  }

  private void addDebug(CodeFunction function, int shift) {
    for (FunctionInfo info : code.functionInfos(function)) {
      functions.add(new FunctionInfo(info.instruction() + shift, info.type()));
    }
    for (LineInfo line : code.lines(function)) {
      lines.add(line.at(line.instruction() + shift));
    }
    for (CoreRelocation relocation : code.relocations(function)) {
      relocations.add(relocation.at(relocation.instruction() + shift));
    }
  }

  private LinkedCode finish() throws SpecException {
    byte[] bytes = new byte[count * Instructions.BYTES];
    int at = 0;
    for (CodeFunction function : order) {
      Instructions section = code.section(function.section()).instructions();
      section.copyTo(bytes, at, function.first(), function.count());
      at += function.count();
    }
    Instructions linked = Instructions.copyOf(bytes);
    for (Call call : calls) {
      Integer target = placed.get(call.target().place());
      if (target != null) {
        linked.setImmediate(call.instruction(), target - call.instruction() - 1);
      }
    }
    // The kernel wants source lines and functions in the order of instructions.
    lines.sort(Comparator.comparingInt(LineInfo::instruction));
    functions.sort(Comparator.comparingInt(FunctionInfo::instruction));
    return new LinkedCode(
        linked,
        List.copyOf(references),
        List.copyOf(relocations),
        List.copyOf(functions),
        List.copyOf(lines));
  }
}
