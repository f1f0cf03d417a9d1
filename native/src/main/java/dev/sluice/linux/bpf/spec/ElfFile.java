// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A relocatable ELF file for the eBPF machine, as clang writes it: sections, symbols and
 * relocations. See <a href="https://man7.org/linux/man-pages/man5/elf.5.html">elf(5)</a>.
 * Immutable.
 */
final class ElfFile {
  /** More than any file of ours has; it bounds what a hostile one costs. */
  private static final int MOST_SECTIONS = 4096;

  /** The largest file; ours have some 50 KiB. */
  private static final int MOST_FILE_BYTES = 4 << 20;

  /** What all sections may come to when loaded, those without content in the file among them. */
  private static final long MOST_BYTES = 16 << 20;

  private static final int HEADER_BYTES = 64;
  private static final int SECTION_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int RELOCATION_BYTES = 16;
  private static final int RELOCATABLE = 1;
  private static final int MACHINE_BPF = 247;

  private final List<ElfSection> sections;
  private final List<ElfSymbol> symbols;
  private final Map<String, ElfSection> byName = new HashMap<>();

  private ElfFile(List<ElfSection> sections, List<ElfSymbol> symbols) {
    this.sections = List.copyOf(sections);
    this.symbols = List.copyOf(symbols);
    for (ElfSection section : sections) {
      byName.putIfAbsent(section.name(), section);
    }
  }

  static ElfFile parse(byte[] file) throws SpecException {
    if (file.length > MOST_FILE_BYTES) {
      throw new SpecException(
          "reading the object file: it has %d bytes, expected at most %d"
              .formatted(file.length, MOST_FILE_BYTES));
    }
    ByteWindow all = ByteWindow.of("the object file", file);
    checkHeader(all);
    List<ElfSection> sections = readSections(all);
    return new ElfFile(sections, readSymbols(sections));
  }

  List<ElfSection> sections() {
    return sections;
  }

  List<ElfSymbol> symbols() {
    return symbols;
  }

  /** The first section of that name, or null. */
  @Nullable ElfSection section(String name) {
    return byName.get(name);
  }

  /** The relocations of a section, in the file's order. */
  List<ElfRelocation> relocations(ElfSection target) throws SpecException {
    List<ElfRelocation> found = new ArrayList<>();
    for (ElfSection section : sections) {
      if (section.target() != target.index()) {
        continue;
      }
      if (section.type() == ElfSection.RELA) {
        throw new SpecException(
            "reading section %s: it has relocations with addends, expected SHT_REL as clang writes"
                    .formatted(target.name())
                + " for eBPF");
      }
      if (section.type() == ElfSection.REL) {
        readRelocations(section.content(), found);
      }
    }
    return found;
  }

  private void readRelocations(ByteWindow content, List<ElfRelocation> found) throws SpecException {
    for (int at = 0; at + RELOCATION_BYTES <= content.length(); at += RELOCATION_BYTES) {
      long info = content.u64(at + 8);
      long symbol = info >>> 32;
      if (symbol >= symbols.size()) {
        throw new SpecException(
            "reading %s: a relocation names symbol %d of %d"
                .formatted(content.what(), symbol, symbols.size()));
      }
      found.add(new ElfRelocation(content.u64(at), (int) info, symbols.get((int) symbol)));
    }
  }

  private static void checkHeader(ByteWindow file) throws SpecException {
    if (file.length() < HEADER_BYTES || file.i32(0) != 0x464c457f) {
      throw new SpecException(
          "reading the object file of %d bytes: it does not begin as an ELF file"
              .formatted(file.length()));
    }
    if (file.u8(4) != 2 || file.u8(5) != 1) {
      throw new SpecException(
          "reading the object file: it is ELF of class %d and byte order %d, expected 64 bits (2) and"
                  .formatted(file.u8(4), file.u8(5))
              + " little-endian (1)");
    }
    if (file.u16(16) != RELOCATABLE || file.u16(18) != MACHINE_BPF) {
      throw new SpecException(
          "reading the object file: it is of type %d for machine %d, expected a relocatable file (1)"
                  .formatted(file.u16(16), file.u16(18))
              + " for eBPF (247): is it a program for another processor?");
    }
  }

  private static List<ElfSection> readSections(ByteWindow file) throws SpecException {
    long tableOffset = file.u64(40);
    int entryBytes = file.u16(58);
    int count = file.u16(60);
    if (entryBytes != SECTION_BYTES || count > MOST_SECTIONS) {
      throw new SpecException(
          "reading the object file: it has %d sections of %d bytes, expected at most %d of %d"
              .formatted(count, entryBytes, MOST_SECTIONS, SECTION_BYTES));
    }
    ByteWindow table = file.slice("the section table", tableOffset, (long) count * SECTION_BYTES);
    ByteWindow names = sectionContent(file, table, "the section names", file.u16(62));
    List<ElfSection> sections = new ArrayList<>(count);
    long inFile = 0;
    long loaded = 0;
    for (int i = 0; i < count; i++) {
      ElfSection section = readSection(file, table, names, i);
      inFile += section.content().length();
      loaded += section.bytes();
      if (inFile > file.length() || loaded > MOST_BYTES) {
        throw new SpecException(
            "reading section %s: sections overlap in the object file, or come to more than %d bytes"
                .formatted(section.name(), MOST_BYTES));
      }
      sections.add(section);
    }
    return sections;
  }

  private static ElfSection readSection(
      ByteWindow file, ByteWindow table, ByteWindow names, int index) throws SpecException {
    long at = (long) index * SECTION_BYTES;
    String name = names.name(table.u32(at));
    int type = table.i32(at + 4);
    long bytes = table.u64(at + 32);
    if (bytes < 0 || bytes > MOST_BYTES) {
      throw new SpecException(
          "reading section %s: it has %s bytes, expected at most %d"
              .formatted(name, Long.toUnsignedString(bytes), MOST_BYTES));
    }
    ByteWindow content =
        type == ElfSection.NOBITS || type == 0
            ? file.slice("section " + name, 0, 0)
            : file.slice("section " + name, table.u64(at + 24), bytes);
    boolean relocates = type == ElfSection.REL || type == ElfSection.RELA;
    return new ElfSection(
        index,
        name,
        type,
        table.u64(at + 8),
        table.i32(at + 40),
        relocates ? table.i32(at + 44) : 0,
        (int) bytes,
        content);
  }

  private static ByteWindow sectionContent(
      ByteWindow file, ByteWindow table, String what, long index) throws SpecException {
    long at = index * SECTION_BYTES;
    return file.slice(what, table.u64(at + 24), table.u64(at + 32));
  }

  private static List<ElfSymbol> readSymbols(List<ElfSection> sections) throws SpecException {
    List<ElfSymbol> symbols = new ArrayList<>();
    for (ElfSection section : sections) {
      if (section.type() != ElfSection.SYMTAB) {
        continue;
      }
      if (!symbols.isEmpty()) {
        throw new SpecException("reading section " + section.name() + ": a second symbol table");
      }
      ByteWindow names = stringTable(sections, section);
      ByteWindow content = section.content();
      for (int at = 0; at + SYMBOL_BYTES <= content.length(); at += SYMBOL_BYTES) {
        int info = content.u8(at + 4);
        symbols.add(
            new ElfSymbol(
                names.name(content.u32(at)),
                info & 0xf,
                info >>> 4 == 0,
                content.u16(at + 6),
                content.u64(at + 8),
                content.u64(at + 16)));
      }
    }
    return symbols;
  }

  private static ByteWindow stringTable(List<ElfSection> sections, ElfSection symbols)
      throws SpecException {
    int index = symbols.link();
    if (index < 0 || index >= sections.size() || sections.get(index).type() != ElfSection.STRTAB) {
      throw new SpecException(
          "reading section %s: its names should be in section %d, which is no table of names"
              .formatted(symbols.name(), index));
    }
    return sections.get(index).content();
  }
}
