// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the threads of a process may do. Rights belong to threads, not to processes: each is asked,
 * in {@code /proc/PID/task/TID/status}, proc_pid_status(5).
 */
public final class ThreadRights {
  /** A proxy without any privilege, and without a way to one: all five sets are empty. */
  public static final String NONE =
      "CapAmb=0 CapBnd=0 CapEff=0 CapInh=0 CapPrm=0 NoNewPrivs=1 Uid=" + RunAs.PROXY_UID;

  private ThreadRights() {}

  /** One text if all threads have the same rights, otherwise each that some thread has. */
  static String of(long pid) throws IOException {
    TreeSet<String> found = new TreeSet<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        addRights(thread, found);
      }
    } catch (NoSuchFileException e) {
      throw new LabException("asking for the rights of process " + pid + ": it has ended");
    }
    return String.join(" and ", found);
  }

  private static void addRights(Path thread, Set<String> found) throws IOException {
    try {
      found.add(parse(Files.readString(thread.resolve("status"))));
    } catch (NoSuchFileException e) {
      // A thread that has ended since has no rights.
    }
  }

  static String parse(String status) {
    Map<String, String> rights = new TreeMap<>();
    for (String line : status.lines().toList()) {
      int colon = line.indexOf(':');
      String name = line.substring(0, Math.max(0, colon));
      String value = line.substring(colon + 1).strip();
      if (name.startsWith("Cap")) {
        rights.put(name, value.replaceFirst("^0+(?=.)", ""));
      } else if (name.equals("NoNewPrivs")) {
        rights.put(name, value);
      } else if (name.equals("Uid")) {
        // Real, effective, saved and file system user: one number if they agree.
        rights.put(
            name, Stream.of(value.split("\\s+", -1)).distinct().collect(Collectors.joining(",")));
      }
    }
    return rights.entrySet().stream()
        .map(right -> right.getKey() + "=" + right.getValue())
        .collect(Collectors.joining(" "));
  }
}
