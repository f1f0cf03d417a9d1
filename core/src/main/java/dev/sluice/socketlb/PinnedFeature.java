// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the pins of one feature on one cgroup are: {@code
 * ROOT/sluice/FEATURE-CGROUPID/{maps,links}}. The kernel is the only record of what is attached;
 * there is no state file that could disagree with it. Immutable.
 *
 * @param feature what
 * @param cgroupId the inode number of the cgroup's folder, unique while the cgroup lives
 * @param pins below a mounted bpf file system
 */
record PinnedFeature(Feature feature, long cgroupId, PinFolder pins) {
  /** The place for {@code feature} on the cgroup below the bpf file system at {@code root}. */
  static PinnedFeature at(Path root, Feature feature, long cgroupId) {
    return new PinnedFeature(
        feature, cgroupId, PinFolder.named(root, feature.word() + "-" + cgroupId));
  }

  /** Every place that is there, in a stable order, also half made ones. */
  static List<PinnedFeature> all(Path root) throws IOException {
    return PinFolder.all(root).stream().flatMap(folder -> parse(folder.path()).stream()).toList();
  }

  /** Empty for a name that is never given here; another version may have. */
  static Optional<PinnedFeature> parse(Path folder) {
    String name = folder.getFileName().toString();
    int dash = name.lastIndexOf('-');
    if (dash < 1 || !name.substring(dash + 1).matches("\\d{1,18}")) {
      return Optional.empty();
    }
    long cgroupId = Long.parseLong(name.substring(dash + 1));
    return Feature.ofWord(name.substring(0, dash))
        .map(feature -> new PinnedFeature(feature, cgroupId, new PinFolder(folder)));
  }

  boolean exists() {
    return pins.exists();
  }

  /** Detaches and removes all of it. Half done it can be called again. */
  void remove() throws IOException {
    pins.remove();
  }

  Path maps() {
    return pins.maps();
  }

  Path link(String program) {
    return pins.links().resolve(program);
  }
}
