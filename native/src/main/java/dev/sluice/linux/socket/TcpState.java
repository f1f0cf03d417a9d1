// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

/**
 * The states of a TCP connection (<a
 * href="https://datatracker.ietf.org/doc/html/rfc9293#section-3.3.2">RFC 9293 section 3.3.2</a>),
 * in the order and spelling of {@code net/tcp_states.h}. Immutable.
 */
public enum TcpState {
  ESTABLISHED(1),
  SYN_SENT(2),
  SYN_RECV(3),
  FIN_WAIT1(4),
  FIN_WAIT2(5),
  TIME_WAIT(6),
  CLOSE(7),
  CLOSE_WAIT(8),
  LAST_ACK(9),
  LISTEN(10),
  CLOSING(11),
  NEW_SYN_RECV(12);

  private final int number;

  TcpState(int number) {
    this.number = number;
  }

  /** The kernel's number, from 1. */
  public int number() {
    return number;
  }

  /**
   * The state of that number.
   *
   * @throws IllegalStateException if there is none
   */
  public static TcpState of(int number) {
    for (TcpState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    throw new IllegalStateException(
        "reading TCP state " + number + ": expected 1 to " + values().length);
  }
}
