// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

/**
 * How an answer came out (<a
 * href="https://www.iana.org/assignments/dns-parameters/dns-parameters.xhtml#dns-parameters-6">DNS
 * RCODEs</a>), as far as a forwarder tells them apart.
 */
enum Rcode {
  NOERROR(0),
  FORMERR(1),
  SERVFAIL(2),
  NXDOMAIN(3),
  NOTIMP(4),
  REFUSED(5),
  /** Any other one: passed on as it is, and never made here. */
  OTHER(-1),
  /** An extended one, whose upper bits stand in the OPT record (RFC 6891 section 6.1.3). */
  BADVERS(16);

  private static final int HEADER_BITS = 4;

  private final int number;

  Rcode(int number) {
    this.number = number;
  }

  /** The code of the header's four bits. */
  static Rcode of(int bits) {
    for (Rcode rcode : values()) {
      if (rcode.number == bits) {
        return rcode;
      }
    }
    return OTHER;
  }

  /** The four bits of the header. */
  int headerBits() {
    return number & ((1 << HEADER_BITS) - 1);
  }

  /** The eight bits of the OPT record. */
  int extendedBits() {
    return number >> HEADER_BITS;
  }
}
