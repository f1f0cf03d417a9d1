// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An eBPF file system of a test's own at a temporary folder; unmounted by close. */
public final class TestBpfFileSystem implements AutoCloseable {
  private final Path path;

  private TestBpfFileSystem(Path path) {
    this.path = path;
  }

  public static TestBpfFileSystem mount() throws IOException {
    Path path = Files.createTempDirectory("sluice-bpffs-");
    BpfFileSystem.mount(path);
    return new TestBpfFileSystem(path);
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    Command.of("umount", path.toString()).runOrThrow();
    Files.delete(path);
  }
}
