// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static dev.sluice.lab.party.Servers.ECHO_PORT;
import static dev.sluice.lab.party.Servers.NGINX_PORT;

import dev.sluice.lab.party.Behaviour;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;

/** Steps that several scenarios share. Pure. */
final class Steps {
  /** The rule that sends outbound connections to the proxy. */
  static final String TO_OUTBOUND = "--to-ports 15001";

  /** The rule that sends inbound connections to the proxy in REDIRECT mode. */
  static final String TO_INBOUND = "--to-ports 15006";

  /** The rule that sends inbound connections to the proxy in TPROXY mode. */
  static final String TPROXY = "--on-port 15006";

  static final int OUTBOUND = 15001;
  static final int INBOUND = 15006;

  private static final int ECHO_FROM = 41001;
  private static final int CURL_FROM = 41002;
  private static final int STOPPED_FROM = 41009;

  private Steps() {}

  static String client(Family family, int port) {
    return Family.endpoint(Party.CLIENT.address(family), port);
  }

  static String server(Family family, int port) {
    return Family.endpoint(Party.SERVER.address(family), port);
  }

  static String passthrough(Family family) {
    return AddressText.of(family.passthroughSource());
  }

  /** The client dials the server's echo port. */
  static Probe echo(Family family) {
    return echoFrom(family, ECHO_FROM);
  }

  static Probe echoFrom(Family family, int localPort) {
    return Probe.of(
        Party.CLIENT, Behaviour.ECHO, Party.SERVER.address(family), ECHO_PORT, localPort);
  }

  /** curl asks nginx, which answers with the address that it saw, and that has to be this one. */
  static Step curl(Family family, Expected remote, Expected port) {
    return curl(Party.CLIENT, family, remote, port);
  }

  /** The same from another party. */
  static Step curl(Party from, Family family, Expected remote, Expected port) {
    Probe probe =
        Probe.of(from, Behaviour.CURL, Party.SERVER.address(family), NGINX_PORT, curlPort(family));
    return new StepBuilder("curl", probe)
        .clientField("status of the answer", "status", Expected.is("200"), "curl")
        .clientField("the client's address as nginx saw it", "remote", remote, "nginx")
        .clientField("the client's port as nginx saw it", "port", port, "nginx")
        .build();
  }

  /**
   * Where curl dials from. It doesn't set SO_REUSEADDR, and its IPv6 sockets are dual-stack: they
   * can't be bound to a port that an IPv4 connection has just left.
   */
  static int curlPort(Family family) {
    return switch (family) {
      case IPV4 -> CURL_FROM;
      case IPV6 -> CURL_FROM + 1000;
    };
  }

  /** An ephemeral port of a proxy: not the one that curl chose. */
  static Expected otherPortThanCurls(Family family) {
    String curls = Integer.toString(curlPort(family));
    return new Expected(
        "a port other than " + curls, seen -> seen.matches("\\d+") && !seen.equals(curls));
  }

  /** With the proxy gone and its rules in place, nothing gets through: it really was in the way. */
  static Step failsWithoutProxy(Family family, Expected how) {
    return new StepBuilder("proxy stopped", echoFrom(family, STOPPED_FROM))
        .serverAcceptsNothing()
        .clientEndsWith(how)
        .build();
  }
}
