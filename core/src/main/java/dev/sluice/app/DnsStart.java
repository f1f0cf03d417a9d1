// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.dns.DnsForwarder;
import dev.sluice.dns.NameServerText;
import dev.sluice.dns.ResolverFile;
import dev.sluice.dns.SearchDomain;
import dev.sluice.dns.ServiceNames;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketProbes;
import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice proxy} about DNS, and the forwarder that they ask for. */
final class DnsStart {
  private static final Path RESOLVER_FILE = Path.of("/etc/resolv.conf");

  /** Set by the manifests of every mesh, also where no DNS is asked for. */
  private static final String NAMESPACE_OF_POD = "POD_NAMESPACE";

  @Option(
      names = "--dns-port",
      paramLabel = "PORT",
      description =
          "Answer DNS on the loopback addresses at this port, by UDP and TCP: services of -f"
              + " here, all else by the name servers. Istio's rules lead to 15053 (default: off).")
  private @Nullable Integer port;

  @Option(
      names = "--dns-upstream",
      paramLabel = "ADDRESS[:PORT]",
      converter = NameServerConverter.class,
      description = "A name server; may be repeated (default: those of /etc/resolv.conf).")
  private List<InetSocketAddress> upstreams = List.of();

  @Option(
      names = "--dns-namespace",
      paramLabel = "NAME",
      description =
          "The namespace whose services are called by their name alone (default: that of"
              + " POD_NAMESPACE, else what the search list of /etc/resolv.conf says, or default).")
  private @Nullable String namespace;

  @Option(
      names = "--dns-domain",
      paramLabel = "NAME",
      description = "The cluster's domain (default: what the search list says, or cluster.local).")
  private @Nullable String domain;

  /** Sets an option for {@link PlainCommandLine}; false if it is none of these. */
  boolean set(String option, String value) {
    switch (option) {
      case "--dns-port" -> port = PlainValue.number(value);
      case "--dns-upstream" ->
          upstreams = PlainValue.append(upstreams, NameServerText.parse(value));
      case "--dns-namespace" -> namespace = value;
      case "--dns-domain" -> domain = value;
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake(int outboundPort, int inboundPort) {
    if (port == null) {
      return upstreams.isEmpty() && namespace == null && domain == null
          ? Optional.empty()
          : Optional.of("--dns-upstream, --dns-namespace and --dns-domain need --dns-port PORT");
    }
    if (port < 1 || port > 65_535) {
      return Optional.of("--dns-port is " + port + "; expected 1 to 65535");
    }
    if (port == outboundPort || port == inboundPort) {
      return Optional.of("--dns-port is " + port + " like another port; expected one of its own");
    }
    return upstreams.stream()
        .filter(server -> server.getPort() == port && server.getAddress().isLoopbackAddress())
        .findFirst()
        .map(_ -> "--dns-upstream is the address of --dns-port; expected another name server");
  }

  /** The port, if there is to be a forwarder. */
  Optional<Integer> port() {
    return Optional.ofNullable(port);
  }

  /** How many descriptors it may come to need. */
  int descriptors() {
    return port == null ? 0 : DnsForwarder.MOST_DESCRIPTORS;
  }

  /**
   * Starts the forwarder, if there is to be one.
   *
   * @param beside whether a proxy that this one takes over from may listen there
   * @throws IOException if the port is taken or resolv.conf can't be read
   * @throws IllegalStateException if a name is none
   */
  RunningDns start(MeshSnapshot snapshot, boolean beside, RateLimitedLog complaints)
      throws IOException {
    if (port == null) {
      return RunningDns.none();
    }
    ResolverFile file = ResolverFile.read(RESOLVER_FILE);
    SearchDomain here = searchDomain(file);
    return RunningDns.start(
        new DnsForwarder.Settings(
            port,
            beside,
            families(),
            ServiceNames.of(snapshot, here),
            upstreams.isEmpty() ? file.nameServers() : upstreams),
        here,
        complaints);
  }

  private SearchDomain searchDomain(ResolverFile file) {
    SearchDomain found = file.searchDomain();
    @Nullable String own = namespace == null ? System.getenv(NAMESPACE_OF_POD) : namespace;
    try {
      return new SearchDomain(
          own == null || own.isEmpty() ? found.namespace() : own,
          domain == null ? found.clusterDomain() : domain);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Those whose loopback address is there; IPv4 in any case, so that its absence is said. */
  private static Set<IpFamily> families() {
    return SocketProbes.loopback(AddressFamily.INET6) instanceof ProbeResult.Supported
        ? EnumSet.allOf(IpFamily.class)
        : EnumSet.of(IpFamily.IPV4);
  }
}
