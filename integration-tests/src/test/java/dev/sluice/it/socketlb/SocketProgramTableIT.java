// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The socket programs of programs.py, under per-packet translation and under ours. */
class SocketProgramTableIT {
  private static final String NO_RULES = "*nat\n-F\nCOMMIT\n*filter\n-F\nCOMMIT\n";

  /** Every program that sees a difference, in all three forms or in one, and why. */
  private static final Map<String, String> DIFFERENCES =
      Map.of(
          "connects_where_nobody_serves tcp",
          "a rule answers the first packet (refused, or lost for IPv6); we fail connect with"
              + " EHOSTUNREACH before there is one",
          "connects_where_nobody_serves udp",
          "a rule makes send fail with EPERM; we fail connect with EHOSTUNREACH",
          "sends_where_nobody_serves udp",
          "a rule makes sendto fail with EPERM; we with EHOSTUNREACH",
          "sends_to_two_services_of_one_backend_at_once udp",
          "conntrack gives the second flow another source port, so the backend's answers can be"
              + " told apart; ours come from one address to one port, and count as answers of the"
              + " service that was sent to last",
          "sends_after_disconnecting udp v6",
          "an IPv6 socket that was disconnected still hears its former peer's address alone: the"
              + " kernel forgets the port only. That address is the first service's by packet, and"
              + " the backend's, which serves both here, by socket");

  private static final int DIFFERENT = 4 * 3 + 1;

  @Test
  void showsSocketProgramsWhatPerPacketTranslationShowsThem() throws IOException {
    try (Scene scene = Scene.open("table")) {
      scene.backends(Cast.backends());
      restore(scene, "iptables", Cast.rules(false));
      restore(scene, "ip6tables", Cast.rules(true));
      Map<String, String> expected = observe(scene);
      restore(scene, "iptables", NO_RULES);
      restore(scene, "ip6tables", NO_RULES);
      scene.apply(Cast.sets());
      Map<String, String> observed = observe(scene);

      assertThat(observed.keySet()).isEqualTo(expected.keySet()).hasSizeGreaterThan(40 * 3);
      Map<String, String> different = new TreeMap<>(observed);
      different.entrySet().removeAll(expected.entrySet());
      assertThat(different.keySet())
          .as(() -> compare(different, expected))
          .allSatisfy(
              program -> {
                String withoutForm = program.substring(0, program.lastIndexOf(' '));
                assertThat(DIFFERENCES.keySet()).containsAnyOf(program, withoutForm);
              })
          .hasSize(DIFFERENT);
      assertThat(observed)
          .containsEntry("asks_with_dig udp v4", "[0, \"192.0.2.1\"]")
          .containsEntry("connects_where_nobody_serves tcp v4", "[\"EHOSTUNREACH\", \"ENOTCONN\"]");
    }
  }

  private static String compare(Map<String, String> different, Map<String, String> expected) {
    return different.entrySet().stream()
        .map(
            entry ->
                "%s%n  by packet %s%n  by socket %s"
                    .formatted(entry.getKey(), expected.get(entry.getKey()), entry.getValue()))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static Map<String, String> observe(Scene scene) throws IOException {
    return scene
        .client(Cast.toJson(), "python3", Scene.resource("programs.py"))
        .lines()
        .map(line -> line.split("\t", 2))
        .collect(Collectors.toMap(fields -> fields[0], fields -> fields[1]));
  }

  private static void restore(Scene scene, String program, String rules) throws IOException {
    Command.of(program + "-restore")
        .withInput(rules)
        .inNetworkNamespace(scene.clientNamespace())
        .runOrThrow();
  }
}
