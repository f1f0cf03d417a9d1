// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Container;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.ExemptMark;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The commands that attach programs to sockets, on the run's cgroups and with its own pins; run in
 * the host's namespace as root, as an agent on a node would. Thread-safe.
 */
public final class SocketCommands {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Spawner spawner;
  private final SluiceHome home;

  /** Commands through the launcher of {@code home}. */
  public SocketCommands(Spawner spawner, SluiceHome home) {
    this.spawner = spawner;
    this.home = home;
  }

  /**
   * {@code sluice lb apply} on the cgroup above all parties.
   *
   * @param exempting whether connections that need no proxy go past it
   */
  public void balance(Path services, Scope scope, boolean exempting) throws IOException {
    LabRun run = spawner.run();
    run(
        List.of("lb", "apply"),
        List.of(
            "-f",
            services.toString(),
            "--scope",
            scope.name().toLowerCase(Locale.ROOT),
            "--host-netns",
            run.namespaceFile(Party.HOST).toString(),
            "--cgroup",
            run.cgroup().toString(),
            "--exempt-mark",
            exempting ? ExemptMark.DEFAULT.toString() : "none"));
  }

  /** {@code sluice lb skip} for the processes of a party. */
  public void skip(Party party) throws IOException {
    run(List.of("lb", "skip"), List.of("--cgroup", spawner.run().cgroup(party).toString()));
  }

  /** {@code sluice service-ip on} for the processes of a party. */
  public void giveServiceIpBack(Party party) throws IOException {
    run(List.of("service-ip", "on"), List.of("--cgroup", spawner.run().cgroup(party).toString()));
  }

  /** {@code sluice capture on} for a party: its application's connections, but not its proxy's. */
  public void capture(Party party) throws IOException {
    LabRun run = spawner.run();
    run(
        List.of("capture", "on"),
        List.of(
            "--cgroup",
            run.cgroup(party).toString(),
            "--proxy-cgroup",
            run.cgroup(party, Container.PROXY).toString(),
            "--netns",
            run.namespaceFile(party).toString()));
  }

  /** {@code sluice capture off} for a party. */
  public void captureNoMore(Party party) throws IOException {
    run(List.of("capture", "off"), List.of("--cgroup", spawner.run().cgroup(party).toString()));
  }

  private void run(List<String> name, List<String> options) throws IOException {
    List<String> command = new ArrayList<>(List.of(home.launcher()));
    command.addAll(name);
    command.addAll(options);
    command.addAll(List.of("--bpf-fs", spawner.run().bpfFileSystem().toString()));
    CommandResult result = spawner.runToEnd(Party.HOST, RunAs.ROOT, command, LIMIT);
    if (!result.succeeded()) {
      throw new LabException(
          "running 'sluice %s' on the demo's cgroups: exit code %d: %s"
              .formatted(String.join(" ", name), result.exitCode(), result.firstComplaint()));
    }
  }
}
