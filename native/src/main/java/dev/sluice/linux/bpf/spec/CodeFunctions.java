// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All functions of an object file, by their place. They do not overlap. Immutable. */
final class CodeFunctions {
  private static final String SHARED_CODE = ".text";

  private final Map<CodeFunction.Place, CodeFunction> byPlace = new HashMap<>();

  static CodeFunctions read(ElfFile file) throws SpecException {
    CodeFunctions functions = new CodeFunctions();
    Map<Integer, List<CodeFunction>> bySection = new HashMap<>();
    for (ElfSymbol symbol : file.symbols()) {
      if (symbol.isFunction() && symbol.section() != 0) {
        CodeFunction function = function(file, symbol);
        bySection.computeIfAbsent(symbol.section(), _ -> new ArrayList<>()).add(function);
        functions.byPlace.put(function.place(), function);
      }
    }
    for (List<CodeFunction> inSection : bySection.values()) {
      checkApart(inSection);
    }
    return functions;
  }

  /** Those that are programs, by section and then by place, so that the order is the file's. */
  List<CodeFunction> programs() {
    return byPlace.values().stream()
        .filter(CodeFunction::program)
        .sorted(
            Comparator.<CodeFunction>comparingInt(f -> f.section().index())
                .thenComparingInt(CodeFunction::first))
        .toList();
  }

  @Nullable CodeFunction at(int section, long instruction) {
    boolean possible = instruction >= 0 && instruction <= Integer.MAX_VALUE;
    return possible ? byPlace.get(new CodeFunction.Place(section, (int) instruction)) : null;
  }

  Collection<CodeFunction> all() {
    return byPlace.values();
  }

  private static CodeFunction function(ElfFile file, ElfSymbol symbol) throws SpecException {
    if (symbol.section() >= file.sections().size()) {
      throw new SpecException(
          "reading function %s: it is in section %d of %d"
              .formatted(symbol.name(), symbol.section(), file.sections().size()));
    }
    ElfSection section = file.sections().get(symbol.section());
    long end = symbol.offset() + symbol.bytes();
    boolean whole =
        symbol.offset() % Instructions.BYTES == 0 && symbol.bytes() % Instructions.BYTES == 0;
    boolean inside = symbol.offset() >= 0 && symbol.bytes() > 0 && end <= section.bytes();
    if (!section.holdsCode() || !whole || !inside) {
      throw new SpecException(
          "reading function %s: %s bytes from %s are not instructions of section %s with %d bytes"
              .formatted(
                  symbol.name(),
                  Long.toUnsignedString(symbol.bytes()),
                  Long.toUnsignedString(symbol.offset()),
                  section.name(),
                  section.bytes()));
    }
    return new CodeFunction(
        symbol.name(),
        section,
        (int) (symbol.offset() / Instructions.BYTES),
        (int) (symbol.bytes() / Instructions.BYTES),
        !symbol.local() && !section.name().equals(SHARED_CODE));
  }

  private static void checkApart(List<CodeFunction> functions) throws SpecException {
    functions.sort(Comparator.comparingInt(CodeFunction::first));
    for (int i = 1; i < functions.size(); i++) {
      CodeFunction before = functions.get(i - 1);
      if (before.holds(functions.get(i).first())) {
        throw new SpecException(
            "reading section %s: functions %s and %s overlap"
                .formatted(before.section().name(), before.name(), functions.get(i).name()));
      }
    }
  }
}
