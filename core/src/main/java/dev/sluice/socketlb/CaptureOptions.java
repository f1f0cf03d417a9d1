// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.model.IpBlock;
import java.util.List;

/**
 * Which connections of a pod are captured, in the terms of Istio's rules. Immutable.
 *
 * @param proxy where the proxy listens
 * @param inbound which connections that arrive
 * @param outbound which connections that leave
 */
public record CaptureOptions(ProxyPorts proxy, Inbound inbound, Outbound outbound) {
  /** The port of the HBONE tunnel: it comes in as it is, never captured. */
  static final int TUNNEL_PORT = 15008;

  /**
   * The proxy's two listeners on loopback, 1 to 65535 and different.
   *
   * @param outbound for connections that leave
   * @param inbound for connections that arrive
   */
  public record ProxyPorts(int outbound, int inbound) {}

  /**
   * Connections that arrive, by the port that was dialled.
   *
   * @param every all of them, save the excluded ones
   * @param included these, if not every one
   * @param excluded left alone of every one; as with Istio's rules, a list of ports has no
   *     exceptions
   */
  public record Inbound(boolean every, List<Integer> included, List<Integer> excluded) {
    /** Copies the lists. */
    public Inbound {
      included = List.copyOf(included);
      excluded = List.copyOf(excluded);
    }
  }

  /**
   * Connections that leave; those to loopback addresses are left alone in any case.
   *
   * @param every to all addresses, save the excluded ones
   * @param included to these, if not to every one
   * @param excluded left alone, whatever the port
   * @param ports these ports at any address that isn't excluded, and which are left alone at all
   */
  public record Outbound(
      boolean every, List<IpBlock> included, List<IpBlock> excluded, OutboundPorts ports) {
    /** Copies the lists. */
    public Outbound {
      included = List.copyOf(included);
      excluded = List.copyOf(excluded);
    }
  }

  /**
   * Ports of connections that leave.
   *
   * @param included captured although the address isn't included
   * @param excluded left alone in any case
   */
  public record OutboundPorts(List<Integer> included, List<Integer> excluded) {
    /** Copies the lists. */
    public OutboundPorts {
      included = List.copyOf(included);
      excluded = List.copyOf(excluded);
    }
  }
}
