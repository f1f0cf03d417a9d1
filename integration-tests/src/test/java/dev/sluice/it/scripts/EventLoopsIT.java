// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** How many event loops a proxy has: as many as it may use processors, whatever the host has. */
class EventLoopsIT {
  /** Starts a proxy in a network namespace and a cgroup, and ends it when it listens. */
  private static final String START =
      """
      echo $$ >"$1"; shift
      ip link set lo up
      "$@" & proxy=$!
      for _ in $(seq 600); do ss -Hltn sport = 15001 | grep -q . && break; sleep 0.1; done
      kill $proxy; wait $proxy
      """;

  private static final Pattern LOOPS = Pattern.compile("listening, .*event loops (\\d+),");

  @Test
  void followTheQuotaOfAnEnclosingCgroup() throws IOException {
    assertThat(loops(100)).isEqualTo(1);
  }

  @Test
  void areRoundedUp() throws IOException {
    assertThat(loops(30)).isEqualTo(1);
    assertThat(loops(130)).isEqualTo(Math.min(2, Runtime.getRuntime().availableProcessors()));
  }

  @Test
  void areThoseOfTheOptionWhateverTheQuota() throws IOException {
    assertThat(loops(100, "--event-loops=3")).isEqualTo(3);
  }

  private static int loops(int percent, String... options) throws IOException {
    try (CpuGroup group = CpuGroup.ofPercent(percent)) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "unshare", "--net", "bash", "-c", START, "start", group.members().toString()));
      command.addAll(List.of(Checkout.script("sluice"), "proxy"));
      command.addAll(List.of(options));
      CommandResult result = Command.of(command.toArray(String[]::new)).run();
      assertThat(result.exitCode()).as(result.errors()).isZero();
      Matcher said = LOOPS.matcher(result.errors());
      assertThat(said.find()).as(result.errors()).isTrue();
      return Integer.parseInt(said.group(1));
    }
  }
}
