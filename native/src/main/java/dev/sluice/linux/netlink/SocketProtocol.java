// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

/** The protocols whose sockets are listed here, with their IANA numbers. Immutable. */
public enum SocketProtocol {
  /**
   * Also the subflows of MPTCP connections, which are TCP sockets; not the MPTCP sockets above
   * them.
   */
  TCP(6),
  UDP(17);

  private final int number;

  SocketProtocol(int number) {
    this.number = number;
  }

  /** The number in an IP header. */
  public int number() {
    return number;
  }
}
