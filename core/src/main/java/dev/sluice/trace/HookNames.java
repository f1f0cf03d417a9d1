// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.spec.AttachType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The programs of others on hooks of a cgroup and of those below it, as the kernel lists them. What
 * was asked a second ago is not asked again, and so much is kept. Confined to one thread.
 */
final class HookNames {
  private static final long KEPT_NANOS = 1_000_000_000;
  private static final int MOST = 1_024;

  private final Path top;
  private final Set<Integer> ours;
  private final Map<Key, Listed> listed = new LinkedHashMap<>();

  private record Key(long cgroup, AttachType hook) {}

  private record Listed(List<String> names, long at) {}

  /**
   * Nothing is asked yet.
   *
   * @param ours the numbers of programs that are left out
   */
  HookNames(Path top, Set<Integer> ours) {
    this.top = top;
    this.ours = Set.copyOf(ours);
  }

  /** In the order in which they run; empty if the cgroup is gone. */
  List<String> of(long cgroup, AttachType hook) {
    Key key = new Key(cgroup, hook);
    Listed before = listed.get(key);
    if (before != null && System.nanoTime() - before.at() < KEPT_NANOS) {
      return before.names();
    }
    List<String> names = folder(cgroup).map(folder -> names(folder, hook)).orElse(List.of());
    listed.remove(key);
    listed.put(key, new Listed(names, System.nanoTime()));
    if (listed.size() > MOST) {
      listed.remove(listed.keySet().iterator().next());
    }
    return names;
  }

  private List<String> names(Path folder, AttachType hook) {
    List<String> names = new ArrayList<>();
    try (Cgroup cgroup = Cgroup.open(folder)) {
      for (int id : cgroup.hook(hook).effective().ids()) {
        if (!ours.contains(id)) {
          names.add(name(id));
        }
      }
    } catch (IOException e) {
      return List.of(); // Gone since it was found.
    }
    return names;
  }

  private static String name(int id) {
    try (BpfProgram program = BpfProgram.openById(id)) {
      return program.info().name() + " (program " + id + ")";
    } catch (IOException e) {
      return "program " + id;
    }
  }

  /** The id of a cgroup is the inode number of its folder. */
  private Optional<Path> folder(long cgroup) {
    try (Stream<Path> folders =
        Files.find(
            top,
            Integer.MAX_VALUE,
            (path, attributes) -> attributes.isDirectory() && isOf(path, cgroup))) {
      return folders.findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty(); // One of them went away while we were there.
    }
  }

  private static boolean isOf(Path folder, long cgroup) {
    try {
      return (Long) Files.getAttribute(folder, "unix:ino") == cgroup;
    } catch (IOException e) {
      return false;
    }
  }
}
