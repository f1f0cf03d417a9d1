// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What root's proxy makes of /run/sluice, in a /run that nobody else sees. */
final class RunFolderIT {
  /** Says what the proxy said, then whose each file is, and what is there after its end. */
  private static final String SCRIPT =
      """
      mount -t tmpfs -o mode=0755 tmpfs /run
      ip link set lo up
      eval "$2"
      umask "$1"
      shift 2
      "$0" proxy "$@" >/run/said 2>&1 &
      for i in $(seq 200); do
        grep -q "^sluice proxy: listening" /run/said && break
        kill -0 $! 2>/dev/null || break
        sleep 0.1
      done
      cd /run
      find . -mindepth 1 ! -name said -printf '%p %y %m %U:%G\\n' | sort |
        sed "s/$(stat -Lc %i /proc/self/ns/net)/INODE/"
      kill $! 2>/dev/null
      wait $!
      echo "ended $?"
      find . -mindepth 1 ! -name said -printf 'left %p\\n'
      cat said >&2
      """;

  @ParameterizedTest
  @ValueSource(strings = {"0000", "0022", "0077"})
  void isRootsAndForEverybodyToLookInto(String umask) throws IOException {
    CommandResult result = run(umask, "");
    // To the handover anybody may connect; there the kernel says who it is.
    assertThat(
            result.output().lines().map(line -> line.replaceFirst("(handover.sock s) \\d+", "$1")))
        .as(result.errors())
        .containsExactly(
            "./sluice d 755 0:0",
            "./sluice/INODE d 755 0:0",
            "./sluice/INODE/access_log.sock s 660 0:1337",
            "./sluice/INODE/admin.sock s 660 0:1337",
            "./sluice/INODE/handover.sock s 0:0",
            "ended 0");
    assertThat(result.errors()).doesNotContain("no admin socket");
  }

  /** As the kubelet makes the volume of the sidecar. */
  @Test
  void mayBeRootsVolumeThatEverybodyMayWriteTo() throws IOException {
    CommandResult result = run("0022", "mkdir -m 0777 /run/sluice");
    assertThat(result.output()).as(result.errors()).contains("./sluice/INODE/admin.sock s 660");
    assertThat(result.errors()).doesNotContain("no admin socket");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mkdir /run/sluice; chown 1338 /run/sluice      | 1338 with mode 40755
          mkdir /run/other; ln -s other /run/sluice      | 0 with mode 120777
          mkdir /run/other; chown 1338 /run/other; ln -s other /run/sluice | 0 with mode 120777
          touch /run/sluice                              | 0 with mode 100644
          """)
  void isRefusedWhereSomebodyElseCouldPutTheirsInItsPlace(String made, String found)
      throws IOException {
    String why =
        "using the folder /run/sluice: it is of user " + found + "; expected a folder of user 0";

    CommandResult served = run("0022", made);
    assertThat(about(served))
        .containsExactly(
            "sluice proxy: no admin socket, by which it could be asked or taken over from: " + why);
    assertThat(served.output()).contains("ended 0").doesNotContain("INODE", ".sock");
  }

  private static List<String> about(CommandResult result) {
    return result.errors().lines().filter(line -> line.contains("/run/sluice")).toList();
  }

  private static CommandResult run(String umask, String made) throws IOException {
    return Command.of(
            "unshare",
            "--net",
            "--mount",
            "--propagation",
            "private",
            "bash",
            "-c",
            SCRIPT,
            Checkout.script("sluice"),
            umask,
            made,
            "--interception-mode",
            "REDIRECT",
            "--access-log",
            "/dev/null")
        .withTimeout(Duration.ofSeconds(50))
        .run();
  }
}
