// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses that our own open questions leave from. A question that comes from one of them is
 * our own: the rules don't exempt the user that the proxy runs as. Thread-safe.
 */
final class OwnQuestions {
  private final Set<InetSocketAddress> open = ConcurrentHashMap.newKeySet();

  /** Until the result is closed. */
  Open remember(InetSocketAddress source) {
    open.add(source);
    return () -> open.remove(source);
  }

  boolean contains(InetSocketAddress client) {
    return open.contains(client);
  }

  @FunctionalInterface
  interface Open extends AutoCloseable {
    @Override
    void close();
  }
}
