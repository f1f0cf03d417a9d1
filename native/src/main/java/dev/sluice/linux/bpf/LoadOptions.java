// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a collection is loaded. Immutable.
 *
 * @param programs the names of the programs to load, with the maps that they use; all programs and
 *     all maps if empty
 * @param maps maps to be used in place of the object's own, by name; they stay their owner's
 * @param pinFolder where maps that ask to be pinned by name are found and pinned; if empty they are
 *     not pinned
 * @param kernelTypes the running kernel's types; another file only in tests
 */
public record LoadOptions(
    Set<String> programs, Map<String, BpfMap> maps, Optional<Path> pinFolder, Path kernelTypes) {
  /** Copies what it is given. */
  public LoadOptions {
    programs = Set.copyOf(programs);
    maps = Map.copyOf(maps);
  }

  /** Everything, with maps of its own, nothing pinned. */
  public static LoadOptions everything() {
    return new LoadOptions(Set.of(), Map.of(), Optional.empty(), KernelTypes.OF_THIS_KERNEL);
  }

  /** The same with these programs alone. */
  public LoadOptions withPrograms(Set<String> names) {
    return new LoadOptions(names, maps, pinFolder, kernelTypes);
  }

  /** The same with a map in place of the object's own of that name. */
  public LoadOptions withMap(String name, BpfMap map) {
    Map<String, BpfMap> more = new HashMap<>(maps);
    more.put(name, map);
    return new LoadOptions(programs, more, pinFolder, kernelTypes);
  }

  /** The same with a folder of the eBPF file system for maps that ask to be pinned. */
  public LoadOptions withPinFolder(Path folder) {
    return new LoadOptions(programs, maps, Optional.of(folder), kernelTypes);
  }
}
