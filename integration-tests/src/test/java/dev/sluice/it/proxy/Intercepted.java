// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A mesh with a proxy that every connection from its client to its server goes through, and one way
 * of bringing them there.
 *
 * @param direction as the access log writes it
 * @param rest closed after the mesh
 */
record Intercepted(
    Mesh mesh, ProxyUnderTest proxy, InterceptionMode mode, String direction, Closeable rest)
    implements Closeable {
  /** Idle connections end within a class of tests, and no peer of it is slow for that long. */
  private static final String[] OPTIONS = {"--idle-timeout", "5s"};

  private static final Closeable NOTHING = () -> {};

  /** Makes what connections are intercepted by, in a mesh that closes with it. */
  @FunctionalInterface
  private interface Way {
    Intercepted in(Mesh mesh) throws Exception;
  }

  private static Intercepted build(Way way) throws Exception {
    Mesh mesh = Mesh.build();
    try {
      return way.in(mesh);
    } catch (Exception e) {
      mesh.close();
      throw e;
    }
  }

  /** By the rules of a route. */
  static Intercepted on(Route route) throws Exception {
    return build(
        mesh -> {
          mesh.rules(route.place(), route.mode());
          ProxyUnderTest proxy = ProxyUnderTest.start(mesh, route.place(), route.mode(), OPTIONS);
          return new Intercepted(mesh, proxy, route.mode(), route.direction(), NOTHING);
        });
  }

  /** By TPROXY where connections leave. */
  static Intercepted byTproxyOutbound() throws Exception {
    return build(
        mesh -> {
          InterceptionMode mode = InterceptionMode.TPROXY;
          mesh.rules(Party.CLIENT, mode, "--outbound-interception-mode", "TPROXY");
          String[] options = {"--outbound-interception-mode", "TPROXY", OPTIONS[0], OPTIONS[1]};
          ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, mode, options);
          return new Intercepted(mesh, proxy, mode, "outbound", NOTHING);
        });
  }

  /** By programs on the sockets of {@code party}. */
  static Intercepted bySockets(Party party) throws Exception {
    return build(
        mesh -> {
          CapturedParty captured = CapturedParty.capture(mesh, party);
          try {
            ProxyUnderTest proxy = captured.startProxy(OPTIONS);
            String direction = party == Party.CLIENT ? "outbound" : "inbound";
            return new Intercepted(mesh, proxy, InterceptionMode.SOCKET, direction, captured);
          } catch (Exception e) {
            captured.close();
            throw e;
          }
        });
  }

  /**
   * By REDIRECT where connections leave, with a proxy whose user may have {@code pages} in pipes:
   * with 0 it gets none worth having.
   */
  static Intercepted withPipePages(int pages) throws Exception {
    return build(
        mesh -> {
          PipeHoarder hoarder = PipeHoarder.start(mesh, pages);
          String user = Integer.toString(PipeHoarder.UID);
          mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT, "-u", user);
          Path log = mesh.folder().resolve("access.log");
          List<String> options = List.of("--access-log", log.toString(), OPTIONS[0], OPTIONS[1]);
          List<String> command =
              hoarder.asItsUser(ProxyUnderTest.command(mesh, InterceptionMode.REDIRECT, options));
          ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.ROOT, log, command);
          return new Intercepted(mesh, proxy, InterceptionMode.REDIRECT, "outbound", hoarder);
        });
  }

  /** Where the log has whom the server sees as its peer. */
  String fieldOfServerPeer() {
    boolean announced = mode == InterceptionMode.SOCKET && "inbound".equals(direction);
    return announced ? "source" : "upstream_source";
  }

  @Override
  public void close() throws IOException {
    try (rest) {
      mesh.close();
    }
  }
}
