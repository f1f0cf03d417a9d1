// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads an object file into a {@link CollectionSpec}; used once and thrown away. */
final class ObjectReader {
  private static final String MAPS = ".maps";

  /** What all programs of one object may come to; each holds a copy of what it calls. */
  private static final long MOST_LINKED_BYTES = 64 << 20;

  private static final int MOST_MAPS = 256;
  private static final int KEY_BYTES = 4;

  private final ElfFile file;
  private final Btf types;
  private final Map<String, MapSpec> maps = new LinkedHashMap<>();
  private final Map<String, DataSection> data = new LinkedHashMap<>();

  private ObjectReader(ElfFile file, Btf types) {
    this.file = file;
    this.types = types;
  }

  static CollectionSpec read(byte[] elf) throws SpecException {
    ElfFile file = ElfFile.parse(elf);
    ElfSection btf = file.section(".BTF");
    if (btf == null) {
      throw new SpecException(
          "reading the object file: it has no section .BTF; compile it with clang -g");
    }
    ObjectReader reader = new ObjectReader(file, Btf.parse(btf.content()));
    reader.readMaps();
    reader.readVariables();
    return new CollectionSpec(
        reader.licence(),
        reader.programs(),
        reader.maps,
        reader.data,
        new CollectionSpec.Types(
            reader.types,
            ByteWindow.of("BTF for the kernel", BtfFixUp.complete(file, reader.types))));
  }

  private void readMaps() throws SpecException {
    ElfSection section = file.section(MAPS);
    if (section == null) {
      return;
    }
    Map<String, Integer> variables = types.variables(MAPS);
    for (ElfSymbol symbol : file.symbols()) {
      if (symbol.section() != section.index() || !symbol.isObject()) {
        continue;
      }
      Integer type = variables.get(symbol.name());
      if (type == null) {
        throw new SpecException("reading map " + symbol.name() + ": it has no type in BTF");
      }
      if (maps.size() == MOST_MAPS || maps.containsKey(symbol.name())) {
        throw new SpecException(
            "reading map %s: the object has two of that name, or more than %d maps"
                .formatted(symbol.name(), MOST_MAPS));
      }
      maps.put(symbol.name(), MapReader.read(types, symbol.name(), type));
    }
  }

  private void readVariables() throws SpecException {
    Map<Integer, Map<String, DataSection.Variable>> places = variablePlaces();
    for (ElfSection section : file.sections()) {
      if (!section.holdsVariables() || section.bytes() == 0) {
        continue;
      }
      MapShape shape =
          MapShape.of(
              MapType.ARRAY,
              KEY_BYTES,
              section.bytes(),
              1,
              section.isConstant() ? MapShape.READ_ONLY_FOR_PROGRAMS : 0);
      int type = types.dataSection(section.name()).orElse(0);
      byte[] content = Arrays.copyOf(section.content().copy(), section.bytes());
      maps.put(section.name(), new MapSpec(section.name(), shape, 0, type, false, null));
      data.put(
          section.name(),
          new DataSection(section.name(), content, places.getOrDefault(section.index(), Map.of())));
    }
  }

  private Map<Integer, Map<String, DataSection.Variable>> variablePlaces() throws SpecException {
    Map<Integer, Map<String, DataSection.Variable>> places = new HashMap<>();
    for (ElfSymbol symbol : file.symbols()) {
      if (!symbol.isObject()
          || symbol.section() < 1
          || symbol.section() >= file.sections().size()) {
        continue;
      }
      ElfSection section = file.sections().get(symbol.section());
      if (!section.holdsVariables()) {
        continue;
      }
      long offset = symbol.offset();
      long bytes = symbol.bytes();
      if (offset < 0 || bytes < 0 || offset > section.bytes() || bytes > section.bytes() - offset) {
        throw new SpecException(
            "reading variable %s: it lies outside section %s"
                .formatted(symbol.name(), section.name()));
      }
      places
          .computeIfAbsent(symbol.section(), _ -> new HashMap<>())
          .put(symbol.name(), new DataSection.Variable((int) offset, (int) bytes));
    }
    return places;
  }

  private Map<String, ProgramSpec> programs() throws SpecException {
    ElfSection ext = file.section(".BTF.ext");
    BtfExt debug = BtfExt.parse(ext == null ? null : ext.content(), types);
    CodeFunctions functions = CodeFunctions.read(file);
    SectionCode code = new SectionCode(file, functions, debug);
    Map<String, ProgramSpec> programs = new LinkedHashMap<>();
    long total = 0;
    for (CodeFunction function : functions.programs()) {
      ProgramSpec program = program(code, function);
      total += (long) program.instructions().count() * Instructions.BYTES;
      if (total > MOST_LINKED_BYTES) {
        throw new SpecException("reading the object file: its programs are more than 64 MiB");
      }
      if (programs.put(program.name(), program) != null) {
        throw new SpecException(
            "reading program %s: the object has two of that name".formatted(program.name()));
      }
    }
    return programs;
  }

  private ProgramSpec program(SectionCode code, CodeFunction function) throws SpecException {
    String section = function.section().name();
    LinkedCode linked = ProgramLinker.link(code, function);
    for (Reference reference : linked.references()) {
      if (!maps.containsKey(reference.map())) {
        throw new SpecException(
            "linking %s: it refers to map '%s', which the object doesn't have"
                .formatted(function.name(), reference.map()));
      }
    }
    return new ProgramSpec(function.name(), section, ProgramKind.ofSection(section), linked, types);
  }

  private String licence() throws SpecException {
    ElfSection section = file.section("license");
    if (section == null || section.content().length() == 0) {
      throw new SpecException(
          "reading the object file: it has no section license, without which the kernel gives"
              + " almost no helpers");
    }
    return section.content().name(0);
  }
}
