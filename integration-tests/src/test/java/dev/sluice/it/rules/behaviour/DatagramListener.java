// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;

/**
 * Tells every UDP client where it is. On the wildcard by IPv4 and by IPv6, and answers from the
 * address that the kernel takes.
 */
final class DatagramListener implements Closeable {
  private final DatagramChannel channel;
  private final Thread thread;
  private final Observation observation;

  private DatagramListener(Place place, DatagramChannel channel) {
    this.channel = channel;
    observation = new Observation(place, "");
    thread = Thread.ofPlatform().daemon().name("udp-" + place).unstarted(this::answer);
  }

  /** Makes it in the calling thread's namespace; {@link #start} it from any other. */
  static DatagramListener open(Place place, InetSocketAddress address) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    channel.bind(address);
    return new DatagramListener(place, channel);
  }

  DatagramListener start() {
    thread.start();
    return this;
  }

  private void answer() {
    ByteBuffer received = ByteBuffer.allocate(128);
    byte[] greeting = observation.greeting().getBytes(StandardCharsets.US_ASCII);
    try {
      while (true) {
        SocketAddress client = channel.receive(received.clear());
        answer(client, greeting);
      }
    } catch (ClosedChannelException e) {
      // By close().
    } catch (IOException e) {
      throw new IllegalStateException("answering at " + observation.place(), e);
    }
  }

  /** Some programs leave an answer no way; the next client may have one. */
  private void answer(SocketAddress client, byte[] greeting) throws ClosedChannelException {
    try {
      channel.send(ByteBuffer.wrap(greeting), client);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      // Seen by the client: it hears nothing.
    }
  }

  /** Waits until the port is free again: the JDK closes the socket when its reader has left. */
  @Override
  public void close() throws IOException {
    channel.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
