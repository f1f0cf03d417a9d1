// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where in the kernel a command works: options that all commands on sockets share. */
final class KernelPlaces {
  @Option(
      names = "--bpf-fs",
      paramLabel = "FOLDER",
      description = "A mounted bpf file system (default: the one that is mounted).")
  private @Nullable Path bpfFileSystem;

  /** Sets an option for {@link PlainCommandLine}; false if it is none of these. */
  boolean set(String option, String value) {
    if (option.equals("--bpf-fs")) {
      bpfFileSystem = Path.of(value);
      return true;
    }
    return false;
  }

  /** Where pins are made; mounts the file system in its usual place if there is none. */
  Path bpfFileSystem() throws IOException {
    return bpfFileSystem == null ? BpfFileSystem.findOrMount() : bpfFileSystem;
  }

  /** Where pins would be; empty if no such file system is mounted, and then there are none. */
  Optional<Path> mountedBpfFileSystem() throws IOException {
    return bpfFileSystem == null ? BpfFileSystem.find() : Optional.of(bpfFileSystem);
  }

  /** {@code path}, or the root of the cgroup v2 tree. */
  static Path cgroup(@Nullable Path path) throws IOException {
    return path == null ? CgroupFolder.root() : path;
  }
}
