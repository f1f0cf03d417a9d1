// SPDX-License-Identifier: Apache-2.0
package dev.sluice.failure;

/**
 * Why a connection did not end by both sides closing it. The names are stable and few: they are
 * values of a log field and of a metric label.
 */
public enum FailureKind {
  /** The client sent RST. */
  DOWNSTREAM_RESET(Side.DOWNSTREAM),
  /** The upstream sent RST; the client got one too. */
  UPSTREAM_RESET(Side.UPSTREAM),
  /** Nothing listens at the upstream address. */
  UPSTREAM_REFUSED(Side.UPSTREAM),
  /** No route to the upstream, or it said that it can't be reached. */
  UPSTREAM_UNREACHABLE(Side.UPSTREAM),
  /** The upstream did not answer within the connect timeout. */
  CONNECT_TIMEOUT(Side.UPSTREAM),
  /** No byte moved in either direction for the idle timeout. */
  IDLE_TIMEOUT(Side.LOCAL),
  /** A policy denied the connection; nothing was sent upstream. */
  POLICY_DENIED(Side.LOCAL),
  /** The original destination is this proxy, or the connection came from it. */
  LOOP(Side.LOCAL),
  /** The kernel knows no original destination: nothing intercepted this connection. */
  NO_ORIGINAL_DESTINATION(Side.LOCAL),
  /** The limit on connections is reached. */
  CONNECTION_LIMIT(Side.LOCAL),
  /** No descriptor was left for the upstream socket. */
  DESCRIPTORS_EXHAUSTED(Side.LOCAL),
  /** Every local port towards the upstream address is in use. */
  PORTS_EXHAUSTED(Side.LOCAL),
  /** A system call failed in a way that has no name of its own; the detail has the errno. */
  SYSTEM_ERROR(Side.LOCAL),
  /** The proxy was told to stop while the connection was open. */
  SHUTDOWN(Side.LOCAL);

  private final Side side;

  FailureKind(Side side) {
    this.side = side;
  }

  /** Whose end of the connection failed. */
  public Side side() {
    return side;
  }
}
