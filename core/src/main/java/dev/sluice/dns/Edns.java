// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

/**
 * The OPT record of a query (<a
 * href="https://datatracker.ietf.org/doc/html/rfc6891#section-6.1">RFC 6891 section 6.1</a>).
 *
 * @param udpBytes the largest answer by UDP that the client takes, as it says
 * @param version 0 is the only one there is
 * @param dnssecOk whether it wants signatures
 */
record Edns(int udpBytes, int version, boolean dnssecOk) {
  /** The type of the record. */
  static final int TYPE = 41;
}
