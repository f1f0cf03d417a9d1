// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;

/**
 * Answers by UDP from the address that it is bound to, which REDIRECT's conntrack entry turns back
 * into the one that the client asked. One thread receives; any thread answers. Closing it ends the
 * receiving.
 */
final class DatagramListener implements AutoCloseable {
  /** No question is longer; of one that pretends to be, the rest is cut off and so malformed. */
  private static final int MOST_BYTES = 4096;

  private static final long PAUSE_MILLIS = 50;

  private final DatagramChannel channel;
  private final Resolution resolution;
  private final RateLimitedLog complaints;

  private DatagramListener(
      DatagramChannel channel, Resolution resolution, RateLimitedLog complaints) {
    this.channel = channel;
    this.resolution = resolution;
    this.complaints = complaints;
  }

  /**
   * Listeners share a port with those of another process of the same user, see {@link #open}; a
   * socket that shares with nobody finds them.
   *
   * @throws IOException if somebody listens there
   */
  static void checkFree(InetSocketAddress address) throws IOException {
    try (DatagramChannel channel = channel(address)) {
      channel.bind(address);
    }
  }

  private static DatagramChannel channel(InetSocketAddress address) throws IOException {
    return DatagramChannel.open(
        address.getAddress() instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6);
  }

  static DatagramListener open(
      InetSocketAddress address, Resolution resolution, RateLimitedLog complaints)
      throws IOException {
    DatagramChannel channel = channel(address);
    try {
      // For the proxy that takes over from this one: both answer for a moment.
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      channel.bind(address);
      return new DatagramListener(channel, resolution, complaints);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Receives until it is closed. */
  void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MOST_BYTES);
    while (channel.isOpen()) {
      try {
        SocketAddress client = channel.receive(buffer.clear());
        byte[] message = new byte[buffer.flip().remaining()];
        buffer.get(message);
        resolution.resolve(
            message, (InetSocketAddress) client, Exchange.UDP, reply -> send(reply, client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        complaints.say("dns_receive", "receiving questions by UDP: " + e.getMessage());
        pause();
      }
    }
  }

  private void send(byte[] reply, SocketAddress client) {
    try {
      channel.send(ByteBuffer.wrap(reply), client);
    } catch (ClosedChannelException e) {
      // The proxy stops; the client asks again.
    } catch (IOException e) {
      complaints.say("dns_send", "answering " + client + " by UDP: " + e.getMessage());
    }
  }

  /** An error that stays must not keep a processor busy. */
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
