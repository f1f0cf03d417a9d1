// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Client;
import dev.sluice.lab.party.Conntrack;
import dev.sluice.lab.party.KernelTables;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.ProxyProcess;
import dev.sluice.lab.party.RuleCounters;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.party.ThreadRights;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the connections of one family, one at a time, and asks everybody what they saw of each. */
final class StepRunner {
  private static final Duration LOG_LIMIT = Duration.ofSeconds(3);

  private static final int BY_SIGTERM = 128 + 15;

  /** Time for a line, or an accept, that should not come. */
  private static final Duration GRACE = Duration.ofMillis(60);

  private final Stage stage;
  private final Client client;
  private final Family family;
  private final List<Party> counted;
  private final List<Claim> claims = new ArrayList<>();
  private final Map<String, Long> rules = new LinkedHashMap<>();
  private Sightings sightings = Sightings.NONE;

  StepRunner(Stage stage, Client client, Family family, List<Party> counted) {
    this.stage = stage;
    this.client = client;
    this.family = family;
    this.counted = counted;
  }

  /** Makes one connection and compares; a part of the demo that breaks is a claim that fails. */
  void run(Step step) {
    try {
      Observation observation = observe(step);
      if (sightings.equals(Sightings.NONE)) {
        sightings = Sightings.of(observation);
      }
      for (Expectation expectation : step.expectations()) {
        claims.add(expectation.compare(observation));
      }
      observation
          .moved()
          .forEach(
              (party, moved) ->
                  moved
                      .moved()
                      .forEach(
                          (rule, packets) ->
                              rules.merge(party.text() + ": " + rule, packets, Long::sum)));
    } catch (IOException e) {
      claims.add(broken(step.probe().dialled() + " can be dialled and observed", e));
    }
  }

  /** A proxy was told to end and did; one of others may leave that to the signal. */
  void ended(Party party, int exitCode, boolean ours) {
    String sentence = "exit code of the " + party.text() + "'s proxy after SIGTERM";
    String seen = Integer.toString(exitCode);
    boolean passed = exitCode == 0 || (!ours && exitCode == BY_SIGTERM);
    String expected = ours ? "0" : "0 or " + BY_SIGTERM;
    claims.add(new Claim("proxy stopped", sentence, expected, seen, passed, "its process"));
  }

  /** Version and path of a proxy that isn't ours. */
  void program(Party party, String found) {
    String sentence = "the " + party.text() + "'s proxy, unmodified";
    boolean passed = found.matches(".*\\d+\\.\\d+.* at /.*");
    claims.add(
        new Claim("the sidecar", sentence, "a version and a path", found, passed, "the program"));
  }

  /** What a proxy may do that needs no right at all. */
  void rights(Party party, String found) {
    claims.add(
        new Claim(
            "the proxy",
            "rights of every thread of the " + party.text() + "'s proxy",
            ThreadRights.NONE,
            found,
            found.equals(ThreadRights.NONE),
            "/proc/PID/task"));
  }

  List<Claim> claims() {
    return claims;
  }

  /** The path of one more connection like the first. */
  void traced(Traced path) {
    sightings = sightings.with(path);
  }

  Sightings sightings() {
    return sightings;
  }

  Map<String, Long> rules() {
    return rules;
  }

  static Claim broken(String claim, IOException e) {
    String message = e.getMessage();
    return new Claim(
        "the demo", claim, "yes", message == null ? e.toString() : message, false, "the demo");
  }

  private Observation observe(Step step) throws IOException {
    Servers server = stage.servers(step.server());
    int accepts = server.acceptCount();
    int ends = server.endCount();
    Map<Party, Integer> lines = new EnumMap<>(Party.class);
    stage.proxies().forEach((party, proxy) -> lines.put(party, proxy.lineCount()));
    Map<Party, RuleCounters> before = readCounters();
    Map<String, String> seen = client.run(step.probe());
    List<Map<String, String>> accepted = server.acceptsSince(accepts, step.accepts());
    List<Map<String, String>> ended = server.endsSince(ends, step.accepts());
    Map<Party, List<Map<String, String>>> logs = logs(step, lines);
    Map<Party, RuleCounters> moved = new EnumMap<>(Party.class);
    for (Map.Entry<Party, RuleCounters> after : readCounters().entrySet()) {
      RuleCounters former = before.getOrDefault(after.getKey(), new RuleCounters(Map.of()));
      moved.put(after.getKey(), after.getValue().since(former));
    }
    if (step.accepts() == 0) {
      pause();
      accepted = server.acceptsSince(accepts, 0);
    }
    return new Observation(seen, accepted, ended, logs, moved, tracked(step.probe()), tables(step));
  }

  private Map<Party, KernelTables> tables(Step step) throws IOException {
    Map<Party, KernelTables> tables = new EnumMap<>(Party.class);
    for (Party party : step.tables()) {
      tables.put(party, KernelTables.read(stage.namespace(party), family));
    }
    return tables;
  }

  private Map<Party, List<Map<String, String>>> logs(Step step, Map<Party, Integer> before) {
    Map<Party, List<Map<String, String>>> logs = new EnumMap<>(Party.class);
    for (Map.Entry<Party, ProxyProcess> proxy : stage.proxies().entrySet()) {
      int from = before.getOrDefault(proxy.getKey(), 0);
      int enough = step.logLines().getOrDefault(proxy.getKey(), 0);
      proxy.getValue().linesSince(from, enough, LOG_LIMIT);
    }
    pause();
    stage
        .proxies()
        .forEach(
            (party, proxy) ->
                logs.put(party, proxy.linesSince(before.getOrDefault(party, 0), 0, LOG_LIMIT)));
    return logs;
  }

  private Map<Party, RuleCounters> readCounters() throws IOException {
    Map<Party, RuleCounters> counters = new EnumMap<>(Party.class);
    for (Party party : counted) {
      counters.put(party, RuleCounters.read(stage.namespace(party), family));
    }
    return counters;
  }

  private Map<Party, Conntrack.Seen> tracked(Probe probe) throws IOException {
    Map<Party, Conntrack.Seen> seen = new EnumMap<>(Party.class);
    for (Party party : counted) {
      seen.put(
          party, Conntrack.read(stage.namespace(party), family, probe.localPort(), probe.port()));
    }
    return seen;
  }

  private static void pause() {
    try {
      Thread.sleep(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
