// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Maps and programs in the kernel, made from one object file. Owns their descriptors: closing it
 * closes them all, and leaves what links and pins keep.
 *
 * <pre>{@code
 * CollectionSpec spec = CollectionSpec.parse(bytes);
 * spec.rodata().set("to_port", 8080);
 * try (BpfCollection loaded = BpfCollection.load(spec, LoadOptions.everything());
 *     Cgroup cgroup = Cgroup.open(path)) {
 *   BpfLink link = cgroup.attach(loaded.program("rewrite"), AttachType.CGROUP_INET4_CONNECT);
 *   ...
 * }
 * }</pre>
 *
 * Thread-safe once it is loaded.
 */
public final class BpfCollection implements AutoCloseable {
  private final Map<String, BpfMap> maps = new LinkedHashMap<>();
  private final Map<String, BpfMap> borrowed;
  private final Map<String, BpfProgram> programs = new LinkedHashMap<>();

  BpfCollection(Map<String, BpfMap> borrowed) {
    this.borrowed = borrowed;
  }

  /**
   * Makes maps and programs. Either all of them are there afterwards or none: a failed load closes
   * what it had opened and removes what it had pinned.
   *
   * @throws BpfLoadException if the kernel refuses a program or the types
   * @throws IncompatibleMapException if a pinned or given map has another shape
   * @throws dev.sluice.linux.bpf.spec.KernelMismatchException if the kernel lacks a field or type
   *     information that a program needs
   * @throws dev.sluice.linux.bpf.spec.SpecException if the options name what isn't in the object
   * @throws SyscallException if a map can't be made: EPERM without CAP_BPF, for example
   */
  public static BpfCollection load(CollectionSpec spec, LoadOptions options) throws IOException {
    return new CollectionLoader(spec, options).load();
  }

  void add(BpfMap map, String name) {
    maps.put(name, map);
  }

  void add(BpfProgram program) {
    programs.put(program.name(), program);
  }

  /** All programs that were loaded, by name. */
  public Map<String, BpfProgram> programs() {
    return Collections.unmodifiableMap(programs);
  }

  /**
   * The program of that name.
   *
   * @throws NoSuchElementException if it was not loaded
   */
  public BpfProgram program(String name) {
    BpfProgram program = programs.get(name);
    if (program == null) {
      throw new NoSuchElementException(
          "looking for program " + name + ": loaded are " + programs.keySet());
    }
    return program;
  }

  /** All maps that were made or opened, by name; not those that the options gave. */
  public Map<String, BpfMap> maps() {
    return Collections.unmodifiableMap(maps);
  }

  /**
   * The map of that name, also one that the options gave.
   *
   * @throws NoSuchElementException if there is none
   */
  public BpfMap map(String name) {
    BpfMap map = maps.getOrDefault(name, borrowed.get(name));
    if (map == null) {
      throw new NoSuchElementException("looking for map " + name + ": loaded are " + maps.keySet());
    }
    return map;
  }

  /** Lets go of all programs and maps; idempotent. */
  @Override
  public void close() throws SyscallException {
    try (Closing closing = new Closing()) {
      programs.values().forEach(closing::add);
      maps.values().forEach(closing::add);
    }
  }
}
