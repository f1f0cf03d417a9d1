// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpenedPathTest {
  @Test
  void staysInsideItsRoot(@TempDir Path folder) throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    Files.writeString(folder.resolve("secret"), "outside");
    Files.writeString(root.resolve("secret"), "inside");
    Files.createSymbolicLink(root.resolve("up"), Path.of("../secret"));
    Files.createSymbolicLink(root.resolve("absolute"), folder.resolve("secret"));

    for (String name : new String[] {"secret", "/secret", "up", "/../secret", "../../secret"}) {
      try (OpenedPath found = OpenedPath.inside(root, name)) {
        assertThat(Files.readString(found.path())).as(name).isEqualTo("inside");
      }
    }
    assertThatThrownBy(() -> OpenedPath.inside(root, "absolute"))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
  }

  @Test
  void followsNoLinkOfProcThatLeadsAnywhere() {
    assertThatThrownBy(() -> OpenedPath.inside(Path.of("/proc/self"), "root/etc/passwd"))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.ELOOP)).isTrue());
    assertThatThrownBy(() -> OpenedPath.inside(Path.of("/"), "proc/self/root/etc/passwd"))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.ELOOP)).isTrue());
  }

  @Test
  void staysTheSameFileWhateverHappensToItsName(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "first");
    try (OpenedPath found = OpenedPath.inside(folder, "file")) {
      Files.move(file, folder.resolve("moved"));
      Files.writeString(file, "second");

      assertThat(Files.isRegularFile(found.path())).isTrue();
      assertThat(Files.readString(found.path())).isEqualTo("first");
    }
  }

  @Test
  void isTheNameItselfAndNoLinkInItsPlace(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "itself");
    try (OpenedPath found = OpenedPath.itself(file)) {
      Files.setPosixFilePermissions(found.path(), PosixFilePermissions.fromString("rw-rw----"));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-rw----");

    try (OpenedPath found =
        OpenedPath.itself(Files.createSymbolicLink(folder.resolve("link"), file))) {
      assertThat((Integer) Files.getAttribute(found.path(), "unix:mode") & 0170000)
          .as("is the link")
          .isEqualTo(0120000);
    }
  }
}
