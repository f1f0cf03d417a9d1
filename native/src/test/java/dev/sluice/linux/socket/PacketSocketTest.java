// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.OptionCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PacketSocketTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration NONE = Duration.ZERO;

  @TempDir private Path folder;
  private PacketListener listener;
  private PacketSocket near;
  private PacketSocket far;

  @BeforeEach
  void connect() throws Exception {
    Path path = folder.resolve("socket");
    listener = PacketListener.open(path);
    assertThat(listener.accept()).isEmpty();
    near = PacketSocket.connect(path);
    far = listener.accept().orElseThrow();
  }

  @AfterEach
  void close() throws Exception {
    near.close();
    far.close();
    listener.close();
  }

  @Test
  void keepsTheLimitsOfMessages() throws Exception {
    near.send(new byte[] {1, 2}, PATIENCE);
    near.send(new byte[] {3}, PATIENCE);
    assertThat(receive(far).bytes()).containsExactly(1, 2);
    assertThat(receive(far).bytes()).containsExactly(3);
    near.close();
    assertThat(far.receive(PATIENCE)).isEmpty();
  }

  @Test
  void carriesAsManyDescriptorsAsOneMessageCan() throws Exception {
    try (MemoryFile file = MemoryFile.create("test")) {
      file.append(new byte[] {7, 8, 9});
      int[] copies = new int[PacketSocket.MOST_DESCRIPTORS];
      Arrays.fill(copies, file.number());
      near.send(new byte[] {1}, copies, PATIENCE);
      List<FileDescriptor> received = receive(far).descriptors();
      assertThat(received).hasSize(253).doesNotHaveDuplicates();
      try (MemoryFile last = MemoryFile.owning(received.getLast())) {
        assertThat(last.read(1, 2)).containsExactly(8, 9);
        assertThatThrownBy(() -> last.read(1, 3)).hasMessageContaining("ENODATA");
      }
      for (FileDescriptor each : received) {
        each.close();
      }
    }
  }

  @Test
  void deliversWhatWasSentBeforeTheSenderWent() throws Exception {
    near.send(new byte[] {5}, new int[] {near.number()}, PATIENCE);
    near.close();
    PacketSocket.Packet packet = receive(far);
    assertThat(packet.bytes()).containsExactly(5);
    // The copy that went along keeps the other end open.
    assertErrno(Errno.EAGAIN, () -> far.receive(NONE));
    packet.descriptors().getFirst().close();
    assertThat(far.receive(PATIENCE)).isEmpty();
  }

  @Test
  void agreesOnWhatWasSaidBeforeNothingMoreIsHeard() throws Exception {
    near.send(new byte[] {1}, PATIENCE);
    far.refuseMore();
    assertErrno(Errno.EPIPE, () -> near.send(new byte[] {2}, PATIENCE));
    assertThat(receive(far).bytes()).containsExactly(1);
    assertThat(far.receive(NONE)).isEmpty();
  }

  @Test
  void givesUpOnAReceiverThatTakesNothing() throws Exception {
    assertErrno(
        Errno.EAGAIN,
        () -> {
          while (true) {
            near.send(new byte[1000], Duration.ofMillis(20));
          }
        });
    assertThat(receive(far).bytes()).hasSize(1000);
    near.send(new byte[1], PATIENCE);
  }

  @Test
  void saysThatAMessageWasTooLong() throws Exception {
    near.send(new byte[PacketSocket.MOST_BYTES + 1], new int[] {near.number()}, PATIENCE);
    assertErrno(Errno.EMSGSIZE, () -> far.receive(PATIENCE));
  }

  @Test
  void knowsWhoIsThere() throws Exception {
    PeerCredentials peer = far.peer();
    assertThat(peer.process()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(near.peer()).isEqualTo(peer);
  }

  /** As before Linux 4.13. */
  @Test
  void knowsWhoIsThereAlsoWhereTheKernelTellsNoGroups() throws Exception {
    assertThat(UnixStreams.groups(failed(Errno.ENOPROTOOPT), 3)).isEmpty();
    assertErrno(Errno.EBADF, () -> UnixStreams.groups(failed(Errno.EBADF), 3));
  }

  private static OptionCalls.Read<int[]> failed(Errno why) {
    return new OptionCalls.Read<>(why.number(), null);
  }

  @Test
  void namesThePathInErrors() throws Exception {
    Path path = folder.resolve("socket");
    assertThatThrownBy(() -> PacketListener.open(path))
        .hasMessage("bind to " + path + ": EADDRINUSE (98)");
    listener.close();
    assertThatThrownBy(() -> PacketSocket.connect(path))
        .hasMessage("connect to " + path + ": ECONNREFUSED (111)");
    Path absent = folder.resolve("x".repeat(120));
    assertThatThrownBy(() -> PacketSocket.connect(absent)).hasMessageContaining("ENAMETOOLONG");
  }

  private static PacketSocket.Packet receive(PacketSocket socket) throws SyscallException {
    return socket.receive(PATIENCE).orElseThrow();
  }

  private static void assertErrno(Errno expected, Call call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.errno()).isEqualTo(expected.number()));
  }

  private interface Call {
    void run() throws Exception;
  }
}
