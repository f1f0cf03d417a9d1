// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What of this process and host could spoil every trial. Immutable.
 *
 * @param seccomp whether a seccomp filter judges the system calls of this process
 * @param kernel its release
 * @param versionOne whether cgroups of version 1 are mounted, beside which those of version 2 have
 *     a folder of their own
 */
public record Host(boolean seccomp, String kernel, boolean versionOne) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");

  static Host look() throws IOException {
    return new Host(
        Files.readAllLines(STATUS).contains("Seccomp:\t2"),
        Files.readString(RELEASE).strip(),
        Files.readAllLines(MOUNTS).stream().anyMatch(line -> line.contains(" cgroup ")));
  }
}
