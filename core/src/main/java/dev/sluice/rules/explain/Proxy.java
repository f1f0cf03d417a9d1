// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.ProxyPorts;

/**
 * The proxy that a program steers connections to, by which verdicts are told apart. Immutable.
 *
 * @param ports where it listens
 * @param sockets the owner and mark of its sockets
 */
public record Proxy(ProxyPorts ports, Origin.Local sockets) {
  /** What it means that the proxy gets a connection at {@code port}. */
  Verdict verdict(int port) {
    if (port == ports.outbound()) {
      return new Verdict.CapturedOutbound(port);
    }
    if (port == ports.inbound()) {
      return new Verdict.CapturedInbound(port);
    }
    return port == ports.dns()
        ? new Verdict.CapturedDns(port)
        : new Verdict.CapturedElsewhere(port);
  }

  /** Whether one of its listeners has {@code port}. */
  boolean listensOn(int port) {
    return port == ports.outbound()
        || port == ports.inbound()
        || port == ports.tunnel()
        || port == ports.dns();
  }
}
