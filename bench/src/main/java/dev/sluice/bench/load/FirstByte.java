// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** When something begins to be served. */
public final class FirstByte {
  /** Printed before the first attempt. */
  public static final String WAITING = "load client: waiting";

  private static final long PAUSE_NANOS = 200_000;

  private FirstByte() {}

  /**
   * Returns as soon as a byte came from {@code to}.
   *
   * @return {@link System#nanoTime} of that moment: the same clock in every process of a host
   */
  static long await(InetSocketAddress from, InetSocketAddress to, int seconds) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (true) {
      try (SocketChannel channel = SocketChannel.open()) {
        channel.bind(from);
        channel.connect(to);
        if (channel.read(ByteBuffer.allocate(1)) == 1) {
          return System.nanoTime();
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new IOException("no byte from " + to + " within " + seconds + " s: " + e, e);
        }
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("no byte from " + to + " within " + seconds + " s");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
