// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Container;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.trace.TraceRequest;
import dev.sluice.trace.Tracer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Follows one connection of a scenario that is set up, with nothing else going on. Stateless. */
final class PathTrace {
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private PathTrace() {}

  /** Of a connection that dials what {@code probe} dials, from where it does. Blocks. */
  static Traced of(LabRun run, Probe probe) {
    if (probe.mapped() && probe.destination() instanceof Inet4Address) {
      return Traced.not("a trace dials IPv4 addresses from AF_INET sockets, not from AF_INET6");
    }
    try {
      // The end of the run waits for it: for a moment this process is in a cgroup of the run.
      return new Traced(run.during(() -> Tracer.trace(request(run, probe))), "");
    } catch (IOException e) {
      return Traced.not(String.valueOf(e.getMessage()));
    }
  }

  private static TraceRequest request(LabRun run, Probe probe) throws IOException {
    Optional<Path> cgroup =
        run.hasCgroups()
            ? Optional.of(run.cgroup(probe.from(), Container.APPLICATION))
            : ownCgroup();
    List<Path> through =
        Arrays.stream(Party.values())
            .filter(party -> party != probe.from())
            .map(run::namespaceFile)
            .toList();
    return new TraceRequest(
        new InetSocketAddress(probe.destination(), probe.port()),
        Optional.of(run.namespaceFile(probe.from())),
        cgroup,
        owner(probe.rights()),
        through,
        LIMIT);
  }

  /** Empty on a host without cgroups of version 2, where none can matter. */
  private static Optional<Path> ownCgroup() {
    try {
      return Optional.of(CgroupFolder.own());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<SocketOwner> owner(RunAs rights) {
    return rights == RunAs.ROOT
        ? Optional.empty()
        : Optional.of(new SocketOwner(rights.user(), rights.group()));
  }
}
