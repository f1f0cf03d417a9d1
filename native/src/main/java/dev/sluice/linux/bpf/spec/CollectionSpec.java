// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that an object file holds: programs, maps, variables and types. Constants are set, and
 * maps resized, between {@link #parse} and loading:
 *
 * <pre>{@code
 * CollectionSpec spec = CollectionSpec.parse(bytes);
 * spec.rodata().set("to_port", 8080);
 * spec.resize("connects", 16);
 * }</pre>
 *
 * Nothing here needs a kernel. Belongs to one thread.
 */
public final class CollectionSpec {
  private static final String CONSTANTS = ".rodata";

  private final String licence;
  private final Map<String, ProgramSpec> programs;
  private final Map<String, MapSpec> maps;
  private final Map<String, DataSection> data;
  private final Types types;

  /**
   * The object's type information.
   *
   * @param btf to look types up
   * @param forKernel the same, with what {@code BPF_BTF_LOAD} wants filled in
   */
  record Types(Btf btf, ByteWindow forKernel) {}

  CollectionSpec(
      String licence,
      Map<String, ProgramSpec> programs,
      Map<String, MapSpec> maps,
      Map<String, DataSection> data,
      Types types) {
    this.licence = licence;
    this.programs = Collections.unmodifiableMap(programs);
    this.maps = new LinkedHashMap<>(maps);
    this.data = Collections.unmodifiableMap(data);
    this.types = types;
  }

  /**
   * Reads an object file that clang made for eBPF with {@code -g}, of which only BTF is needed.
   *
   * @throws SpecException if it is damaged, foreign, or needs what this loader does not have
   */
  public static CollectionSpec parse(byte[] elf) throws SpecException {
    return ObjectReader.read(elf);
  }

  /** The content of section {@code license}; the kernel gives some helpers only to the GPL. */
  public String licence() {
    return licence;
  }

  /** The programs by name, in the file's order. */
  public Map<String, ProgramSpec> programs() {
    return programs;
  }

  /**
   * The program of that name.
   *
   * @throws SpecException if there is none
   */
  public ProgramSpec program(String name) throws SpecException {
    return found("program", name, programs);
  }

  /** The maps by name, sections of variables among them. */
  public Map<String, MapSpec> maps() {
    return Collections.unmodifiableMap(maps);
  }

  /**
   * The map of that name.
   *
   * @throws SpecException if there is none
   */
  public MapSpec map(String name) throws SpecException {
    return found("map", name, maps);
  }

  /**
   * Gives a map room for another number of entries.
   *
   * @param entries 1 or more; for a ring buffer its size in bytes, a power of two of pages
   * @throws SpecException if there is no such map, or it holds variables
   */
  public void resize(String name, int entries) throws SpecException {
    MapSpec map = map(name);
    if (entries < 1 || data.containsKey(name)) {
      throw new SpecException(
          "resizing map %s to %d entries: expected 1 or more, and a map that holds no variables"
              .formatted(name, entries));
    }
    maps.put(name, map.withShape(map.shape().withMaxEntries(entries)));
  }

  /** The sections of variables, by name. */
  public Map<String, DataSection> data() {
    return data;
  }

  /**
   * The constants.
   *
   * @throws SpecException if the object has none
   */
  public DataSection rodata() throws SpecException {
    return found("section", CONSTANTS, data);
  }

  /** The section of variables behind a map of that name, if it is one. */
  public Optional<DataSection> dataOf(String map) {
    return Optional.ofNullable(data.get(map));
  }

  /** The types that the object was compiled with. */
  public Btf types() {
    return types.btf();
  }

  /** The types for {@code BPF_BTF_LOAD}: sizes of sections and places of variables filled in. */
  public byte[] typesForKernel() {
    return types.forKernel().copy();
  }

  private static <T> T found(String what, String name, Map<String, T> all) throws SpecException {
    T found = all.get(name);
    if (found == null) {
      throw new SpecException(
          "looking for %s '%s': the object has %s".formatted(what, name, all.keySet()));
    }
    return found;
  }
}
