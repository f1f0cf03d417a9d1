// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A mesh with a pod whose proxies take over from one another, and one way by which connections from
 * the client to the server get to them.
 *
 * @param rest closed after the mesh
 */
record RestartPlace(Mesh mesh, Restarts restarts, Closeable rest) implements Closeable {
  /** Where the proxies stand, and how connections are steered there. */
  enum Way {
    REDIRECT_OUTBOUND(Party.CLIENT, InterceptionMode.REDIRECT),
    TPROXY_INBOUND(Party.SERVER, InterceptionMode.TPROXY),
    TPROXY_OUTBOUND(Party.CLIENT, InterceptionMode.TPROXY),
    SOCKET_OUTBOUND(Party.CLIENT, InterceptionMode.SOCKET),
    SOCKET_INBOUND(Party.SERVER, InterceptionMode.SOCKET);

    private final Party party;
    private final InterceptionMode mode;

    Way(Party party, InterceptionMode mode) {
      this.party = party;
      this.mode = mode;
    }

    Party party() {
      return party;
    }

    /** Where the proxy listens for what gets to it this way. */
    InetSocketAddress listener(Family family) {
      return new InetSocketAddress(family.loopback(), party == Party.CLIENT ? 15001 : 15006);
    }

    /**
     * Whether a server's queue can be filled past the proxy. Programs on its sockets would capture
     * what fills it.
     */
    boolean leavesTheServersQueueAlone() {
      return this != SOCKET_INBOUND;
    }
  }

  static RestartPlace build(Way way) throws IOException {
    Mesh mesh = Mesh.build();
    try {
      return build(mesh, way);
    } catch (IOException e) {
      mesh.close();
      throw e;
    }
  }

  private static RestartPlace build(Mesh mesh, Way way) throws IOException {
    return switch (way) {
      case REDIRECT_OUTBOUND -> byRules(mesh, way, RunAs.PROXY, List.of());
      case TPROXY_INBOUND -> byRules(mesh, way, RunAs.PROXY_NET_ADMIN, List.of());
      case TPROXY_OUTBOUND ->
          byRules(
              mesh,
              way,
              RunAs.PROXY_NET_ADMIN,
              List.of("--outbound-interception-mode", way.mode.name()));
      case SOCKET_OUTBOUND, SOCKET_INBOUND -> {
        CapturedParty captured = CapturedParty.capture(mesh, way.party);
        Restarts.Start start =
            new Restarts.Start(RunAs.ROOT, captured.join(), captured.proxyOptions());
        yield new RestartPlace(mesh, new Restarts(mesh, way.party, way.mode, start), captured);
      }
    };
  }

  private static RestartPlace byRules(Mesh mesh, Way way, RunAs rights, List<String> options)
      throws IOException {
    mesh.rules(way.party, way.mode, options.toArray(String[]::new));
    Restarts.Start start = new Restarts.Start(rights, List.of(), options);
    return new RestartPlace(mesh, new Restarts(mesh, way.party, way.mode, start), () -> {});
  }

  @Override
  public void close() throws IOException {
    try (rest) {
      mesh.close();
    }
  }
}
