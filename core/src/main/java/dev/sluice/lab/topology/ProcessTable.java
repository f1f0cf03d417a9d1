// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What {@code /proc} says about processes. A process that ends while it is read is no error: it is
 * left out. Thread-safe.
 */
final class ProcessTable {
  private static final Path PROC = Path.of("/proc");

  /** Field 22 of {@code /proc/PID/stat} (proc_pid_stat(5)), counted after the command's name. */
  private static final int START_TIME_AFTER_NAME = 19;

  private ProcessTable() {}

  /** When the process began, in clock ticks since boot; empty if there is no such process. */
  static OptionalLong startTime(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
      // The name is in parentheses and may itself hold blanks and parentheses.
      String afterName = stat.substring(stat.lastIndexOf(')') + 1).strip();
      return OptionalLong.of(Long.parseLong(afterName.split(" ", -1)[START_TIME_AFTER_NAME]));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** The processes whose network namespace is the one that {@code namespace} names. */
  static List<ProcessHandle> inNamespace(Path namespace) {
    long inode;
    try {
      inode = (Long) Files.getAttribute(namespace, "unix:ino");
    } catch (IOException e) {
      return List.of();
    }
    String wanted = "net:[" + inode + "]";
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(process -> wanted.equals(networkNamespace(process.pid()))).toList();
    }
  }

  private static String networkNamespace(long pid) {
    try {
      return Files.readSymbolicLink(PROC.resolve(Long.toString(pid)).resolve("ns/net")).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
