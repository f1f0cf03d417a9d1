// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir private Path folder;

  @Test
  void isGivenToOneAtATime() throws SyscallException {
    try (FolderLock _ = FolderLock.tryTake(folder).orElseThrow()) {
      assertThat(FolderLock.tryTake(folder)).isEmpty();
    }
    FolderLock.tryTake(folder).orElseThrow().close();
  }

  @Test
  void saysWhichFolderIsNotThere() {
    assertThatThrownBy(() -> FolderLock.tryTake(folder.resolve("none")))
        .hasMessageContaining("open of " + folder.resolve("none") + ": ENOENT");
  }
}
