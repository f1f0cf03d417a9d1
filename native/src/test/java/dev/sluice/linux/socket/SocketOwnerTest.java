// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the thread is itself again; what netfilter sees of the owner is for a real kernel. */
class SocketOwnerTest {
  @ParameterizedTest
  @EnumSource
  void opensAsItselfWithoutPrivilege(AddressFamily family) throws Exception {
    SocketOwner self = new SocketOwner(fileSystemId("Uid:"), fileSystemId("Gid:"));

    assertThat(Sockets.close(self.openStream(family))).isZero();
    assertThat(Sockets.close(self.openDatagram(family))).isZero();

    assertThat(new SocketOwner(fileSystemId("Uid:"), fileSystemId("Gid:"))).isEqualTo(self);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 4_294_967_295L})
  void refusesWhatIsNobodysId(long id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SocketOwner(id, 0))
        .withMessage("user id " + id + " of a socket; expected 0 to 4294967294");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SocketOwner(0, id))
        .withMessage("group id " + id + " of a socket; expected 0 to 4294967294");
  }

  @Test
  void saysWhoItIs() {
    assertThat(new SocketOwner(1337, 1338)).hasToString("user 1337, group 1338");
  }

  /** The last of the four ids of the line. */
  private static long fileSystemId(String name) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(List.of(line.split("\t", -1)).getLast());
      }
    }
    throw new AssertionError("no " + name + " in /proc/thread-self/status");
  }
}
