// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Container;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A proxy in a party's namespace, with its access log: a real {@code sluice proxy} as uid 1337,
 * with CAP_NET_ADMIN in TPROXY mode and no capability otherwise, or a sidecar that isn't ours; in
 * the cgroup of the party's proxy, where the run has cgroups. Thread-safe.
 */
public final class ProxyProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private static final int OUTBOUND_PORT = 15001;

  private static final Duration POLL = Duration.ofMillis(10);

  private final LabProcess process;
  private final Optional<SidecarProgram> program;
  private final Optional<Path> log;

  /**
   * A process that runs.
   *
   * @param log its access log, if that isn't its standard output
   */
  private ProxyProcess(LabProcess process, Optional<SidecarProgram> program, Optional<Path> log) {
    this.process = process;
    this.program = program;
    this.log = log;
  }

  /**
   * Starts a sidecar that isn't ours.
   *
   * @throws SidecarUnavailableException if it can't be had
   */
  public static ProxyProcess start(Spawner spawner, SluiceHome home, Party party, Sidecar sidecar)
      throws IOException {
    SidecarProgram program = SidecarProgram.find(sidecar, home, spawner.run().folder());
    return new ProxyProcess(
        spawner.start(party, Container.PROXY, program.rights(), program.command()),
        Optional.of(program),
        Optional.empty());
  }

  /** Version and path of a program that isn't ours. */
  public Optional<String> programOfOthers() {
    return program.map(found -> found.version() + " at " + found.path());
  }

  /** Starts it; {@link #awaitListening} waits until it can be used. */
  public static ProxyProcess start(
      Spawner spawner, SluiceHome home, Party party, InterceptionMode mode, Optional<Path> policy)
      throws IOException {
    // A file and no pipe: a trace reads it too. What a former scenario left there is not its own.
    Path log = spawner.run().runtimeFolder().resolve("access-" + party.text() + ".log");
    Files.deleteIfExists(log);
    List<String> command = new ArrayList<>(List.of(home.launcher(), "proxy"));
    command.addAll(List.of("--interception-mode", mode.name(), "--access-log", log.toString()));
    policy.ifPresent(file -> command.addAll(List.of("--policy", file.toString())));
    RunAs rights =
        switch (mode) {
          case REDIRECT -> RunAs.PROXY;
          case SOCKET -> {
            command.addAll(List.of("--bpf-fs", spawner.run().bpfFileSystem().toString()));
            // It gives all of them up itself, once it has opened what root alone may open.
            yield RunAs.ROOT;
          }
          case TPROXY -> RunAs.PROXY_NET_ADMIN;
          case NODE ->
              throw new IllegalArgumentException(
                  "interception mode NODE in the lab; expected REDIRECT, TPROXY or SOCKET");
        };
    return new ProxyProcess(
        spawner.start(party, Container.PROXY, rights, command), Optional.empty(), Optional.of(log));
  }

  /** What each of its threads may do now, as {@link ThreadRights} writes it. */
  public String rights() throws IOException {
    return ThreadRights.of(process.pid());
  }

  /** Waits until it can be used: our own says so. */
  public void awaitListening() throws LabException {
    if (program.isPresent()) {
      Listening.await(process, OUTBOUND_PORT, START_LIMIT);
    } else {
      process.awaitLine("sluice proxy: listening", START_LIMIT);
    }
  }

  /** The number of lines in its access log so far. */
  public int lineCount() {
    return log.isPresent() ? logged(log.get()).size() : process.lines().size();
  }

  /** The access log after the first {@code from} lines, waiting a while for {@code enough}. */
  public List<Map<String, String>> linesSince(int from, int enough, Duration limit) {
    List<Map<String, String>> lines =
        log.isPresent() ? awaitLogged(from + enough, limit) : written(from + enough, limit);
    return lines.subList(Math.min(from, lines.size()), lines.size());
  }

  private List<Map<String, String>> written(int enough, Duration limit) {
    process.await(line -> true, enough, limit);
    return process.events();
  }

  private List<Map<String, String>> awaitLogged(int enough, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    List<String> lines = logged(log.orElseThrow());
    while (lines.size() < enough && process.alive() && System.nanoTime() < deadline) {
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      lines = logged(log.orElseThrow());
    }
    return lines.stream().map(Logfmt::parse).toList();
  }

  /** Whole lines; none before the proxy has made the file. */
  private static List<String> logged(Path file) {
    try {
      String text = Files.readString(file);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * Sends SIGTERM and waits.
   *
   * @return its exit code
   */
  public int stop() throws LabException {
    process.close();
    return process.awaitEnd(Duration.ofSeconds(1));
  }

  @Override
  public void close() throws LabException {
    process.close();
  }
}
