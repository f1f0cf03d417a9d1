// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import dev.sluice.process.Command;
import java.io.IOException;

/**
 * Client pod, host and server pod, in a line: two veth pairs, both families, the host forwarding
 * between them. Addresses are usable at once: duplicate address detection is off for them, because
 * nobody else can be on these links. The link-local ones are ours too: the kernel's would be
 * tentative for a second, and neighbours are not answered meanwhile.
 */
public final class Topology implements AutoCloseable {
  private final LabRun run;

  private Topology(LabRun run) {
    this.run = run;
  }

  /**
   * Builds it, replacing the run's former one.
   *
   * @throws IOException if a command fails; what was made is removed by {@link LabRun#close()}
   */
  public static Topology build(LabRun run) throws IOException {
    return run.during(
        () -> {
          run.removeWorld();
          batch(null, run, links(run));
          batch(Party.CLIENT, run, pod(Party.CLIENT));
          batch(Party.HOST, run, host());
          batch(Party.SERVER, run, pod(Party.SERVER) + furtherAddresses());
          Command.of("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
              .inNetworkNamespace(run.namespaceFile(Party.HOST))
              .runOrThrow();
          return new Topology(run);
        });
  }

  /** The host's address on the server's side. */
  public static String hostTowardsServer(Family family) {
    return switch (family) {
      case IPV4 -> Party.HOST_TO_SERVER_V4;
      case IPV6 -> Party.HOST_TO_SERVER_V6;
    };
  }

  /** The run that owns it. */
  public LabRun run() {
    return run;
  }

  /** Removes the namespaces and all else of the run's world, with every process in it. */
  @Override
  public void close() throws IOException {
    run.removeWorld();
  }

  private static String links(LabRun run) {
    StringBuilder batch = new StringBuilder();
    for (Party party : Party.values()) {
      batch.append("netns add ").append(run.namespace(party)).append('\n');
    }
    String host = run.namespace(Party.HOST);
    for (Party pod : new Party[] {Party.CLIENT, Party.SERVER}) {
      batch.append(
          "link add name eth0 netns %s type veth peer name %s netns %s\n"
              .formatted(run.namespace(pod), pod.text(), host));
    }
    return batch.toString();
  }

  private static String pod(Party party) {
    String v4 = party.address(Family.IPV4).getHostAddress();
    String v6 = party.address(Family.IPV6).getHostAddress();
    String gateway4 = party == Party.CLIENT ? gateway(Family.IPV4) : Party.HOST_TO_SERVER_V4;
    String gateway6 = party == Party.CLIENT ? gateway(Family.IPV6) : Party.HOST_TO_SERVER_V6;
    return """
    link set lo up
    link set eth0 addrgenmode none
    link set eth0 up
    addr add fe80::2/64 dev eth0 nodad
    addr add %s/24 dev eth0
    addr add %s/64 dev eth0 nodad
    route add default via %s
    route add default via %s
    """
        .formatted(v4, v6, gateway4, gateway6);
  }

  private static String gateway(Family family) {
    return Party.HOST.address(family).getHostAddress();
  }

  private static String furtherAddresses() {
    return """
    addr add %s/32 dev eth0
    addr add %s/128 dev eth0 nodad
    addr add %s/24 dev eth0
    addr add %s/64 dev eth0 nodad preferred_lft 0
    """
        .formatted(
            Family.IPV4.serviceIp().getHostAddress(),
            Family.IPV6.serviceIp().getHostAddress(),
            Family.IPV4.secondBackend().getHostAddress(),
            // Deprecated, so that the pod never dials from it.
            Family.IPV6.secondBackend().getHostAddress());
  }

  private static String host() {
    return """
    link set lo up
    link set client addrgenmode none
    link set server addrgenmode none
    link set client up
    link set server up
    addr add fe80::1/64 dev client nodad
    addr add fe80::1/64 dev server nodad
    addr add %s/24 dev client
    addr add %s/64 dev client nodad
    addr add %s/24 dev server
    addr add %s/64 dev server nodad
    route add %s/32 via %s
    route add %s/128 via %s
    """
        .formatted(
            gateway(Family.IPV4),
            gateway(Family.IPV6),
            Party.HOST_TO_SERVER_V4,
            Party.HOST_TO_SERVER_V6,
            Family.IPV4.serviceIp().getHostAddress(),
            Party.SERVER.address(Family.IPV4).getHostAddress(),
            Family.IPV6.serviceIp().getHostAddress(),
            Party.SERVER.address(Family.IPV6).getHostAddress());
  }

  private static void batch(@org.jspecify.annotations.Nullable Party party, LabRun run, String text)
      throws IOException {
    Command command =
        party == null
            ? Command.of("ip", "-batch", "-")
            : Command.of("ip", "-n", run.namespace(party), "-batch", "-");
    command.withInput(text).runOrThrow();
  }
}
