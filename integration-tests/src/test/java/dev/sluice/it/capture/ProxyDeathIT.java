// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Fail open and fail closed, by choice and in the kernel: what becomes of new connections when the
 * proxy is killed, and when it is stopped, in both directions and both families. How long it takes
 * is printed, not judged.
 */
@Timeout(120)
final class ProxyDeathIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String CAPTURED = "captured";

  @ParameterizedTest
  @CsvSource({
    "open, KILL, uncaptured",
    "open, STOP, uncaptured",
    "closed, KILL, ECONNREFUSED",
    "closed, STOP, ECONNREFUSED"
  })
  void decidesInTheKernel(String mode, String signal, String outcome) throws Exception {
    try (Pods pods = Pods.build()) {
      CapturedPod pod = pods.pod(Party.CLIENT);
      pods.serve(Party.SERVER, "quick", "::|9090");
      pod.serve("quick", "::|8080");
      pod.capture("--on-proxy-death", mode, "--patience", "2s");
      LabProcess proxy = pod.startProxy();
      List<LabProcess> probers =
          List.of(
              pod.start(Scripts.PROBER, "outbound-IPv4", "10.7.2.2", "9090"),
              pod.start(Scripts.PROBER, "outbound-IPv6", "2001:db8:7:2::2", "9090"),
              pods.startOutside(Party.SERVER, Scripts.PROBER, "inbound-IPv4", "10.7.1.2", "8080"),
              pods.startOutside(
                  Party.SERVER, Scripts.PROBER, "inbound-IPv6", "2001:db8:7:1::2", "8080"));
      awaitOutcome(probers, CAPTURED, 0);
      assertThat(status(pods)).contains("fails " + mode + ", the proxy serves: listens for IPv4");

      long struck = send(signal, proxy);
      List<Long> after = awaitOutcome(probers, outcome, struck);
      print("fail " + mode + ", SIG" + signal + ": " + outcome, probers, after);
      assertThat(status(pods)).contains("fails " + mode + ", the proxy is DEAD");
      assertThat(status(pods, "--json"))
          .contains("\"on_proxy_death\":\"" + mode + "\"", "\"dead\":true");

      long revived = System.nanoTime();
      if (signal.equals("STOP")) {
        revived = send("CONT", proxy);
      } else {
        pod.startProxy();
      }
      print(
          signal.equals("STOP") ? "SIGCONT: captured" : "another proxy: captured",
          probers,
          awaitOutcome(probers, CAPTURED, revived));
      assertThat(status(pods, "--json")).contains("\"dead\":false");
    }
  }

  /** Milliseconds after {@code since} at which the first attempt was begun that went like that. */
  private static List<Long> awaitOutcome(List<LabProcess> probers, String outcome, long since) {
    List<Long> after = new ArrayList<>();
    for (LabProcess prober : probers) {
      List<Map<String, String>> found =
          prober.await(
              line -> begun(line) >= since && outcome.equals(line.get("outcome")), 1, LIMIT);
      assertThat(found).as(outcome + " in " + prober.lines()).isNotEmpty();
      after.add((begun(found.getFirst()) - since) / 1_000_000);
    }
    return after;
  }

  private static long begun(Map<String, String> line) {
    return Long.parseLong(line.getOrDefault("begun", "-1"));
  }

  private static void print(String what, List<LabProcess> probers, List<Long> after) {
    StringBuilder text = new StringBuilder(what + " after ms:");
    for (int i = 0; i < after.size(); i++) {
      Map<String, String> line = probers.get(i).events().getFirst();
      text.append(' ').append(line.get("name")).append(' ').append(after.get(i));
    }
    System.out.println(text);
  }

  /** When, by the clock of System.nanoTime, which is the probers' clock too. */
  private static long send(String signal, LabProcess process) throws IOException {
    long now = System.nanoTime();
    Command.of("kill", "-" + signal, Long.toString(process.pid())).runOrThrow();
    return now;
  }

  private static String status(Pods pods, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(Checkout.script("sluice"), "status"));
    words.addAll(List.of("--bpf-fs", pods.bpf.path().toString()));
    words.addAll(List.of(options));
    return Command.of(words.toArray(String[]::new)).runOrThrow();
  }
}
