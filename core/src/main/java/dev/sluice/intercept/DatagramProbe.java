// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.AddressText;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One probe by UDP. The socket that it arrives at can't be asked for the original destination;
 * instead an answer is sent, and the client, which is connected, hears it only from the address
 * that it asked. Confined to the thread of {@link LiveCheck}.
 */
final class DatagramProbe {
  private static final int MOST_BYTES = 2048;

  private final int listener;
  private final int client;
  private final NativeBuffer buffer;
  private final byte[] text;

  private DatagramProbe(int listener, int client, NativeBuffer buffer) {
    this.listener = listener;
    this.client = client;
    this.buffer = buffer;
    this.text =
        ("sluice live check " + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()))
            .getBytes(StandardCharsets.US_ASCII);
  }

  static ProbeOutcome run(LiveProbe probe, SocketOwner proxy, Duration timeout)
      throws SyscallException {
    AddressFamily family = probe.family();
    try (FileDescriptor listener = FileDescriptor.owning(proxy.openDatagram(family));
        FileDescriptor client = FileDescriptor.owning(probe.client().openDatagram(family));
        NativeBuffer buffer = NativeBuffer.allocate(MOST_BYTES)) {
      // Not every address: the answer must leave from the one that REDIRECT chose.
      ProbeListeners.bind(
          listener.number(),
          family,
          new InetSocketAddress(MeshAddresses.loopback(family), probe.listenerPort()));
      return new DatagramProbe(listener.number(), client.number(), buffer).exchange(probe, timeout);
    }
  }

  private ProbeOutcome exchange(LiveProbe probe, Duration timeout) throws SyscallException {
    connect(client, probe.destination());
    send(client);
    Optional<ProbeOutcome> failed = Patience.await(timeout, this::arrived);
    if (failed.isEmpty()) {
      return missed("it did not arrive within " + timeout.toMillis() + " ms");
    }
    if (!(failed.get() instanceof ProbeOutcome.Captured)) {
      return failed.get();
    }
    connect(listener, Sockets.localAddress(client));
    send(listener);
    return Patience.await(timeout, this::answered)
        .orElseGet(
            () ->
                missed(
                    "it arrived, but the answer did not come back from the address that was asked"
                        + " within "
                        + timeout.toMillis()
                        + " ms"));
  }

  private Optional<ProbeOutcome> arrived() {
    if (hears(listener)) {
      return Optional.of(new ProbeOutcome.Captured());
    }
    int error = Sockets.pendingError(client);
    return error > 0
        ? Optional.of(missed(Errno.describe(error) + ", it was not captured"))
        : Optional.empty();
  }

  private Optional<ProbeOutcome> answered() {
    return hears(client) ? Optional.of(new ProbeOutcome.Captured()) : Optional.empty();
  }

  /** Passes over what strangers send. */
  private boolean hears(int socket) {
    while (true) {
      int read = Sockets.read(socket, buffer.address(), buffer.capacity());
      if (read < 0) {
        return false;
      }
      if (Arrays.equals(buffer.get(0, read), text)) {
        return true;
      }
    }
  }

  private void send(int socket) throws SyscallException {
    buffer.put(0, text);
    int sent = Sockets.write(socket, buffer.address(), text.length);
    if (sent < 0) {
      throw new SyscallException("send", -sent, "");
    }
  }

  private static void connect(int socket, InetSocketAddress peer) throws SyscallException {
    int result = Sockets.connect(socket, AddressFamily.of(peer.getAddress()), peer);
    if (result < 0) {
      throw new SyscallException("connect", -result, "to " + AddressText.of(peer));
    }
  }

  private static ProbeOutcome missed(String seen) {
    return new ProbeOutcome.Missed(seen);
  }
}
