// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.DataSection;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes or finds the maps of one load, and can undo what it pinned. Used once. */
final class MapLoader {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  private final LoadOptions options;
  private final BtfObject types;
  private final List<Path> pinned = new ArrayList<>();

  MapLoader(LoadOptions options, BtfObject types) {
    this.options = options;
    this.types = types;
  }

  /** A map that the caller owns: a new one, or a pinned one that fits. */
  BpfMap load(MapSpec spec, Optional<DataSection> variables)
      throws SyscallException, IncompatibleMapException {
    Optional<Path> folder = options.pinFolder();
    if (spec.pinnedByName() && folder.isPresent()) {
      return loadPinned(spec, folder.get().resolve(spec.name()));
    }
    BpfMap map = MapCreation.create(spec, types);
    try {
      if (variables.isPresent()) {
        fill(map, variables.get());
      }
      return map;
    } catch (SyscallException | RuntimeException e) {
      map.close();
      throw e;
    }
  }

  /** Checks a map that stands in for the object's own. */
  static void checkCompatible(MapSpec spec, BpfMap map, String here)
      throws SyscallException, IncompatibleMapException {
    List<String> differences = differences(spec, map, here);
    if (!differences.isEmpty()) {
      throw new IncompatibleMapException("using " + map + " as " + spec.name(), differences);
    }
  }

  private static List<String> differences(MapSpec spec, BpfMap map, String here)
      throws SyscallException {
    List<String> found =
        new ArrayList<>(map.info().shape().differences(MapCreation.adjusted(spec.shape()), here));
    MapShape inner = spec.inner();
    if (inner != null && found.isEmpty()) {
      InnerMaps.differences(map, inner, here).forEach(each -> found.add("inner " + each));
    }
    return found;
  }

  /** Removes the pins that this load has made. */
  void undoPins() throws IOException {
    for (Path path : pinned) {
      Files.deleteIfExists(path);
    }
    pinned.clear();
  }

  private BpfMap loadPinned(MapSpec spec, Path path)
      throws SyscallException, IncompatibleMapException {
    try {
      return existing(spec, path);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    BpfMap map = MapCreation.create(spec, types);
    try {
      map.pin(path);
      pinned.add(path);
      return map;
    } catch (SyscallException e) {
      map.close();
      if (e.is(Errno.EEXIST)) {
        return existing(spec, path); // Somebody else was faster.
      }
      throw e;
    }
  }

  private static BpfMap existing(MapSpec spec, Path path)
      throws SyscallException, IncompatibleMapException {
    BpfMap map = BpfMap.openPinned(path);
    try {
      List<String> differences = differences(spec, map, "pinned");
      if (!differences.isEmpty()) {
        throw new IncompatibleMapException("using the map pinned at " + path, differences);
      }
      return map;
    } catch (SyscallException | IncompatibleMapException | RuntimeException e) {
      map.close();
      throw e;
    }
  }

  private static void fill(BpfMap map, DataSection variables) throws SyscallException {
    map.put(FIRST, variables.content());
    if ((map.shape().flags() & MapShape.READ_ONLY_FOR_PROGRAMS) != 0) {
      // The verifier takes the content of a frozen map for constants.
      map.freeze();
    }
  }
}
