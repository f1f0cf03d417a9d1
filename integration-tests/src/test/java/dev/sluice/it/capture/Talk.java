// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import dev.sluice.telemetry.Logfmt;
import java.util.Map;
import java.util.Set;

/**
 * What client.py and server.py said of one connection, in the words of their texts.
 *
 * @param words {@code peer}, {@code own}: what the client sees. {@code accepted}, {@code
 *     peer_name}: what the server sees. {@code kernel}: what no program on sockets can change.
 */
record Talk(Map<String, String> words) {
  private static final Set<String> OF_THE_OUTBOUND_LISTENER =
      Set.of("127.0.0.1", "::1", "::ffff:127.0.0.1");
  private static final Set<String> OF_THE_PROXY = Set.of("127.0.0.6", "::1", "::ffff:127.0.0.6");

  static Talk parse(String line) {
    return new Talk(Logfmt.parse(line));
  }

  String of(String word) {
    return words.getOrDefault(word, "nothing in " + words);
  }

  /** Whether the client was sent to the proxy of its own pod. */
  boolean leftThroughTheProxy() {
    return OF_THE_OUTBOUND_LISTENER.contains(of("own"));
  }

  /** Whether the server was reached by the proxy of its own pod. */
  boolean arrivedThroughTheProxy() {
    return OF_THE_PROXY.contains(of("kernel"));
  }
}
