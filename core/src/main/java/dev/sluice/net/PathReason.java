// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

import java.util.Locale;

/**
 * Why a connection goes through the proxy, or past it. Few and stable: a value of the access log
 * and of {@code sluice status}. Logs and documents write {@link #word()}.
 */
public enum PathReason {
  /** The service has no policy: there is nothing to decide. */
  NO_POLICY(Path.SOCKET),
  /** Its policies allow whoever connects, which is known at connect. */
  ALLOWED(Path.SOCKET),
  /** Its policies deny whoever connects: refused at connect. */
  DENIED(Path.SOCKET),
  /** Only TCP is captured, and policies are about TCP. */
  NOT_TCP(Path.SOCKET),

  /** A policy asks for the client's address, which is chosen after connect. */
  SOURCE_ADDRESS(Path.PROXIED),
  /** Nothing exempts it from capture: no mark is set, or the rules are somebody else's. */
  NO_EXEMPTION(Path.PROXIED),
  /** The original destination is no service IP, or isn't known. */
  NO_SERVICE(Path.PROXIED),
  /** It could have gone by the socket, and came to the proxy. */
  CAPTURED(Path.PROXIED),
  /** It arrived for the local workload. */
  INBOUND(Path.PROXIED);

  /** Where bytes go. */
  public enum Path {
    /** Through the proxy. */
    PROXIED,
    /** From socket to socket: the load balancer has chosen the backend, nobody is in between. */
    SOCKET;

    /** In small letters. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Path path;

  PathReason(Path path) {
    this.path = path;
  }

  /** What it is the reason for. */
  public Path path() {
    return path;
  }

  /** In small letters, with underscores. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
