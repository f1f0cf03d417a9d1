// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Finds one pod, as {@code sluice node} finds those that it serves. Stateless. */
public final class PodLookup {
  private PodLookup() {}

  /**
   * A path that leads into the network namespace of the only pod chosen, as long as it exists:
   * below {@code /proc/PID} for a pod that was found by a process.
   *
   * @throws IOException if there is no such pod, or more than one: the message says so
   */
  public static Path only(PodChoice choice) throws IOException {
    String chosen = choice.by().name().toLowerCase(Locale.ROOT) + ":" + choice.pattern();
    try (NetworkNamespace home = NetworkNamespace.current()) {
      Map<String, FoundPod> found = new PodSearch(List.of(choice), home.inode()).find();
      if (found.isEmpty()) {
        throw new IOException(
            "pod " + chosen + ": there is none on this node; it may be gone, see 'ip netns'");
      }
      if (found.size() > 1) {
        throw new IOException(
            "pod " + chosen + ": that is " + new TreeSet<>(found.keySet()) + "; expected one");
      }
      return found.values().iterator().next().way();
    }
  }
}
