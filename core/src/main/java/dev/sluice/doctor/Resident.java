// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.netns.NamespaceSearch;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A process that lives in the network namespace. Immutable.
 *
 * @param user its effective user id
 * @param group its effective group id
 * @param cgroup its path in the v2 tree as {@code /proc/PID/cgroup} has it; {@code /} for the root
 */
public record Resident(int pid, long user, long group, String cgroup) {
  private static final Path PROC = Path.of("/proc");
  private static final String UNIFIED = "0::";

  /** All but this process, of the namespace with that inode number. */
  static List<Resident> of(long inode) throws IOException {
    List<Resident> found = new ArrayList<>();
    long own = ProcessHandle.current().pid();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        int pid = Integer.parseInt(process.getFileName().toString());
        if (pid != own && inodeOf(process) == inode) {
          try {
            found.add(read(process, pid));
          } catch (IOException e) {
            // It has ended since it was listed.
          }
        }
      }
    }
    return found;
  }

  private static long inodeOf(Path process) {
    try {
      OptionalLong inode =
          NamespaceSearch.inodeOfName(Files.readSymbolicLink(process.resolve("ns/net")).toString());
      return inode.orElse(0);
    } catch (IOException e) {
      return 0; // It has ended, or may not be looked at.
    }
  }

  private static Resident read(Path process, int pid) throws IOException {
    long user = 0;
    long group = 0;
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith("Uid:")) {
        user = effective(line);
      } else if (line.startsWith("Gid:")) {
        group = effective(line);
      }
    }
    String cgroup = "";
    for (String line : Files.readAllLines(process.resolve("cgroup"))) {
      if (line.startsWith(UNIFIED)) {
        cgroup = line.substring(UNIFIED.length());
      }
    }
    return new Resident(pid, user, group, cgroup);
  }

  /** Real, effective, saved, file system; proc_pid_status(5). */
  private static long effective(String line) {
    return Long.parseLong(line.split("\\s+", -1)[2]);
  }

  /** Whether it holds the socket with that inode number. */
  boolean holds(long socket) {
    String wanted = "socket:[" + socket + "]";
    Path folder = PROC.resolve(Integer.toString(pid)).resolve("fd");
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
      for (Path descriptor : descriptors) {
        if (isLink(descriptor, wanted)) {
          return true;
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
    return false;
  }

  private static boolean isLink(Path descriptor, String wanted) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals(wanted);
    } catch (IOException e) {
      return false; // Closed since.
    }
  }
}
