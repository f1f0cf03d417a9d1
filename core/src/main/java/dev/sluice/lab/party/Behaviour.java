// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.util.Locale;

/** What a client does once it is connected; the words that client.py knows. */
public enum Behaviour {
  /** Sends, ends its half, and expects the same bytes back. */
  ECHO,
  /** Says nothing until the server has spoken, then as {@link #ECHO}. */
  BANNER,
  /** Sends, ends its half, and expects an answer only then. */
  DIGEST,
  /** Reads to the server's end, and sends after it. */
  GOODBYE,
  /** Sends nothing, reads for a second. */
  LISTEN,
  /** A number of HTTP requests in a row, each on a connection of its own. */
  FETCH,
  /** curl: one HTTP request; the answer says what nginx saw. */
  CURL,
  /** curl with the Host header that a filter denies. */
  CURL_DENIED_HOST;

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
