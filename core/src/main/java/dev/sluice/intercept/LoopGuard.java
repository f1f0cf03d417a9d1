// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.LocalAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the proxy from serving itself. Thread-safe.
 *
 * <p>Two ways lead there. Somebody dials a listener's port, so that the original destination is the
 * proxy. Or the rules don't exempt the proxy's own connections (it runs as another user than they
 * were made for), so that each of them comes back: those are recognised by their two addresses, if
 * it isn't one in many that does. One in many comes back where the rules are right, too: conntrack
 * remembers the connection of a client that is over, and redirects the proxy's own from the same
 * port as it did that one. It goes round once more, from another port, and is served.
 */
public final class LoopGuard {
  private final ListenerPorts ports;
  private final LocalAddresses localAddresses;
  private final Set<Flow> own = ConcurrentHashMap.newKeySet();
  private final ReturnRates returns = new ReturnRates();

  private record Flow(InetSocketAddress source, InetSocketAddress destination) {}

  /** For a proxy that listens on {@code ports}. */
  public LoopGuard(ListenerPorts ports, LocalAddresses localAddresses) {
    this.ports = ports;
    this.localAddresses = localAddresses;
  }

  /** Remembers a connection that the proxy makes, until {@link #forget}. */
  public void remember(LocalAddress source, EndpointAddress destination) {
    returns.made(destination.socketAddress());
    own.add(new Flow(source.socketAddress(), destination.socketAddress()));
  }

  /** The connection is over. */
  public void forget(LocalAddress source, EndpointAddress destination) {
    own.remove(new Flow(source.socketAddress(), destination.socketAddress()));
  }

  /** How many connections are remembered: 0 when none is open. */
  public int remembered() {
    return own.size();
  }

  Interception check(ClientAddress client, OriginalDestination originalDestination) {
    InetSocketAddress destination = originalDestination.socketAddress();
    if (isOurPort(destination.getPort()) && localAddresses.contains(destination.getAddress())) {
      return new Interception.Loop(
          originalDestination, "the original destination is this proxy's own listener");
    }
    if (own.contains(new Flow(client.socketAddress(), destination))
        && returns.cameBack(destination)) {
      return new Interception.Loop(
          originalDestination,
          "this connection is the proxy's own: the rules don't exempt the user that it runs as");
    }
    return new Interception.Found(originalDestination);
  }

  private boolean isOurPort(int port) {
    return port == ports.outbound() || port == ports.inbound();
  }
}
