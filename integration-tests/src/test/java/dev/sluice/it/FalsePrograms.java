// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Programs by the names of those that commands start, for somebody's {@code PATH}: each leaves its
 * name and fails. {@link #close()} removes them.
 */
public final class FalsePrograms implements AutoCloseable {
  private static final List<String> NAMES =
      List.of(
          "ip",
          "nft",
          "nsenter",
          "unshare",
          "setpriv",
          "cat",
          "true",
          "sysctl",
          "iptables",
          "iptables-save",
          "iptables-restore",
          "ip6tables",
          "ip6tables-save",
          "ip6tables-restore",
          "iptables-nft",
          "iptables-nft-save",
          "iptables-nft-restore",
          "ip6tables-nft",
          "ip6tables-nft-save",
          "ip6tables-nft-restore",
          "iptables-legacy",
          "iptables-legacy-save",
          "iptables-legacy-restore",
          "ip6tables-legacy",
          "ip6tables-legacy-save",
          "ip6tables-legacy-restore");

  private final Path folder;

  private FalsePrograms(Path folder) {
    this.folder = folder;
  }

  /** Makes them in a folder of their own. */
  public static FalsePrograms make() throws IOException {
    Path folder = Files.createTempDirectory("slt-false-programs-");
    for (String name : NAMES) {
      Path program = folder.resolve(name);
      Files.writeString(program, "#!/bin/bash\n: >\"$0.started\"\nexit 1\n");
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return new FalsePrograms(folder);
  }

  /** A line for a shell after which they come first, and parts of iptables are looked for there. */
  public String exports() {
    return "export PATH=%1$s:$PATH XTABLES_LIBDIR=%1$s; ".formatted(folder);
  }

  /** Those that somebody started. */
  public List<String> started() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".started"))
          .toList();
    }
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
