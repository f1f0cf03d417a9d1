// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * The sections of code of one object file, with what is known about each instruction, and the names
 * that its symbols stand for. Belongs to one thread, while the file is read.
 */
final class SectionCode {
  private static final String MAPS = ".maps";

  private final ElfFile file;
  private final CodeFunctions functions;
  private final BtfExt debug;
  private final Map<String, Map<Long, String>> objects;
  private final Map<Integer, Section> read = new HashMap<>();

  /**
   * One section.
   *
   * @param instructions its content; not to be changed
   * @param relocations by the index of their instruction
   */
  record Section(Instructions instructions, Map<Integer, ElfRelocation> relocations) {}

  SectionCode(ElfFile file, CodeFunctions functions, BtfExt debug) {
    this.file = file;
    this.functions = functions;
    this.debug = debug;
    this.objects = new HashMap<>();
    for (ElfSymbol symbol : file.symbols()) {
      if (symbol.isObject() && symbol.section() > 0 && symbol.section() < file.sections().size()) {
        objects
            .computeIfAbsent(file.sections().get(symbol.section()).name(), _ -> new HashMap<>())
            .put(symbol.offset(), symbol.name());
      }
    }
  }

  Section section(ElfSection section) throws SpecException {
    Section known = read.get(section.index());
    if (known == null) {
      byte[] bytes = section.content().copy();
      if (bytes.length % Instructions.BYTES != 0) {
        throw new SpecException(
            "reading section %s: %d bytes are no whole number of instructions"
                .formatted(section.name(), bytes.length));
      }
      Map<Integer, ElfRelocation> relocations = new HashMap<>();
      for (ElfRelocation relocation : file.relocations(section)) {
        relocations.put(index(section, relocation), relocation);
      }
      known = new Section(Instructions.copyOf(bytes), relocations);
      read.put(section.index(), known);
    }
    return known;
  }

  /** The function that a call goes to. */
  CodeFunction callee(CodeFunction from, int index, @Nullable ElfRelocation relocation)
      throws SpecException {
    int immediate = section(from.section()).instructions().immediate(index);
    CodeFunction target;
    if (relocation == null) {
      target = functions.at(from.section().index(), (long) index + immediate + 1);
    } else {
      long base = relocation.symbol().offset() / Instructions.BYTES;
      target = functions.at(relocation.symbol().section(), base + immediate + 1);
    }
    if (target == null) {
      throw new SpecException(
          "linking %s: instruction %d calls '%s', which is no function of this object"
              .formatted(from.name(), index, relocation == null ? "" : relocation.symbol().name()));
    }
    return target;
  }

  /** What a load of an address refers to. */
  Reference reference(CodeFunction from, int index, int placedAt, ElfRelocation relocation)
      throws SpecException {
    Instructions code = section(from.section()).instructions();
    ElfSymbol symbol = relocation.symbol();
    if (relocation.type() != ElfRelocation.ADDRESS || !code.isWide(index)) {
      throw new SpecException(
          "linking %s: instruction %d has a relocation of type %d, expected a 64-bit load of a map"
                  .formatted(from.name(), index, relocation.type())
              + " or variable, or a call");
    }
    if (symbol.section() == 0 || symbol.section() >= file.sections().size()) {
      throw new SpecException(
          "linking %s: '%s' is declared and not defined; kernel symbols are not supported"
              .formatted(from.name(), symbol.name()));
    }
    ElfSection section = file.sections().get(symbol.section());
    long offset = symbol.offset() + code.immediate(index);
    if (section.name().equals(MAPS)) {
      return new Reference.ToMap(placedAt, objectAt(section, offset, from));
    }
    if (!section.holdsVariables() || offset < 0 || offset >= section.bytes()) {
      throw new SpecException(
          "linking %s: instruction %d takes the address of byte %d of section %s, which holds no"
                  .formatted(from.name(), index, offset, section.name())
              + " variable there; addresses of functions are not supported");
    }
    return new Reference.ToVariable(placedAt, section.name(), (int) offset);
  }

  /** The type of a function: none if the object doesn't say. */
  Collection<FunctionInfo> functionInfos(CodeFunction function) {
    NavigableMap<Integer, FunctionInfo> all = debug.functions().get(function.section().name());
    FunctionInfo found = all == null ? null : all.get(function.first());
    return found == null ? List.of() : List.of(found);
  }

  /** The lines of a function. */
  Collection<LineInfo> lines(CodeFunction function) {
    return within(function, debug.lines());
  }

  /** The instructions of a function that depend on the kernel. */
  Collection<CoreRelocation> relocations(CodeFunction function) {
    return within(function, debug.relocations());
  }

  private static <T> Collection<T> within(
      CodeFunction function, Map<String, NavigableMap<Integer, T>> bySection) {
    NavigableMap<Integer, T> all = bySection.get(function.section().name());
    return all == null
        ? List.of()
        : all.subMap(function.first(), function.first() + function.count()).values();
  }

  private String objectAt(ElfSection section, long offset, CodeFunction from) throws SpecException {
    String name = objects.getOrDefault(section.name(), Map.of()).get(offset);
    if (name == null) {
      throw new SpecException(
          "linking %s: no map begins at byte %d of section %s"
              .formatted(from.name(), offset, section.name()));
    }
    return name;
  }

  private static int index(ElfSection section, ElfRelocation relocation) throws SpecException {
    long offset = relocation.offset();
    if (offset < 0 || offset >= section.bytes() || offset % Instructions.BYTES != 0) {
      throw new SpecException(
          "reading section %s: a relocation for byte %s, which is no instruction"
              .formatted(section.name(), Long.toUnsignedString(offset)));
    }
    return (int) (offset / Instructions.BYTES);
  }
}
