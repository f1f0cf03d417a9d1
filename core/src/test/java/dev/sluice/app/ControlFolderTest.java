// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever may put something where the sockets lie could be taken for the proxy. */
final class ControlFolderTest {
  private static final String NAME = "4026531840";

  private final long user = ProcessImage.user();
  @TempDir private Path folder;
  private Path shared;
  private Path base;

  @BeforeEach
  void make() throws IOException {
    shared = Files.createDirectory(folder.resolve("shared"));
    base = Files.createDirectory(folder.resolve("base"));
  }

  @Test
  void takesAFolderThatWasMadeBeforehand() throws IOException {
    Path made = Files.createDirectory(shared.resolve(NAME));
    assertThat(ControlFolder.usual(shared, base, NAME, user)).isEqualTo(made);
  }

  @Test
  void makesOneWhereItMay() throws IOException {
    assertThat(ControlFolder.usual(shared, base, NAME, user))
        .isEqualTo(shared.resolve(NAME))
        .isDirectory();
  }

  @Test
  void makesOneForItselfElsewhere() throws IOException {
    Path absent = folder.resolve("absent");
    // Root makes the shared one in any case.
    Path expected = user == 0 ? absent.resolve(NAME) : base.resolve("sluice-" + user).resolve(NAME);
    assertThat(ControlFolder.usual(absent, base, NAME, user)).isEqualTo(expected).isDirectory();
  }

  @Test
  void refusesALinkThatWasMadeBeforehand() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(shared.resolve(NAME), elsewhere);
    assertThatThrownBy(() -> ControlFolder.usual(shared, base, NAME, user))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("using the folder " + shared.resolve(NAME) + ": it is of user ")
        .hasMessageContaining("expected a folder of user " + user);
  }

  @Test
  void refusesAFolderThatEverybodyMayWriteTo() throws IOException {
    Path made = Files.createDirectory(shared.resolve(NAME));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> ControlFolder.usual(shared, base, NAME, user))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("with mode 40777; expected a folder of user " + user)
        .hasMessageEndingWith("that not everybody may write to");
  }

  /** As if this user were another one. */
  @Test
  void refusesAFolderOfSomebodyElse() throws IOException {
    if (user == 0) {
      Path made = Files.createDirectory(shared.resolve(NAME));
      Files.setAttribute(made, "unix:uid", 1338);
      assertThatThrownBy(() -> ControlFolder.usual(shared, base, NAME, 0))
          .hasMessageContaining("it is of user 1338 with mode");
      assertThatThrownBy(() -> ControlFolder.usual(shared, base, NAME, 1337))
          .hasMessageContaining("expected a folder of user 1337 or 0");
    } else {
      Files.createDirectory(shared.resolve(NAME));
      assertThatThrownBy(() -> ControlFolder.usual(shared, base, NAME, user + 1))
          .hasMessageContaining("it is of user " + user);
    }
  }
}
