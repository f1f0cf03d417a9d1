// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.awaitility.Awaitility.await;

import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.Sockets;
import java.time.Duration;

/** Reads from sockets by their number. */
final class SocketReads {
  private SocketReads() {}

  /** Waits until a byte has come. */
  static void awaitOne(int descriptor, NativeBuffer buffer) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Sockets.read(descriptor, buffer.address(), 1), count -> count == 1);
  }
}
