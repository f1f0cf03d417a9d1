// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A proxy that is process 1, as in a container: when it ends, everything does. */
final class FirstProcessIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String OUT = "exec \"$@\" 2>&1";

  @Test
  void staysAndPassesSignalsOnAndEndsLikeTheLastOne() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel server = mesh.listen(Party.SERVER, Family.IPV4)) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
      LabProcess first = start(mesh, restarts, unshare);
      long process1 = child(first.pid());
      Pair pair =
          Pair.of(
              mesh.connect(
                  Party.CLIENT,
                  Mesh.address(Party.SERVER, Family.IPV4, server.socket().getLocalPort())),
              server);
      pair.exchange(10, 10);
      List<String> enter =
          List.of("nsenter", "--target", Long.toString(process1), "--pid", "--mount");
      LabProcess second = start(mesh, restarts, enter, "--hot-restart");
      assertThat(second.lines().getLast()).endsWith("took over 1");
      LabProcess third = start(mesh, restarts, enter, "--hot-restart");
      assertThat(third.lines().getLast()).endsWith("took over 1");
      assertThat(second.awaitEnd(PATIENCE)).isZero();
      pair.exchange(10, 10);
      assertThat(Path.of("/proc/" + process1)).exists();
      pair.hangUp();
      Path log = restarts.log();
      await().until(() -> restarts.records().size() == 1);
      Files.move(log, log.resolveSibling("rotated"));
      Command.of("kill", "-USR1", Long.toString(process1)).runOrThrow();
      await().until(() -> Files.exists(log));
      Command.of("kill", "-TERM", Long.toString(process1)).runOrThrow();
      assertThat(third.awaitEnd(PATIENCE)).isZero();
      assertThat(first.awaitEnd(PATIENCE)).isZero();
      assertThat(third.lines().getLast()).startsWith("sluice proxy: stopped ");
    }
  }

  private static LabProcess start(
      Mesh mesh, Restarts restarts, List<String> place, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("bash", "-c", OUT, "proxy"));
    words.addAll(place);
    words.addAll(
        List.of(
            "setpriv", "--reuid=1337", "--regid=1337", "--clear-groups", "--bounding-set=-all"));
    LabProcess process = mesh.start(Party.CLIENT, RunAs.ROOT, restarts.command(words, options));
    process.awaitLine("sluice proxy: listening", PATIENCE);
    return process;
  }

  private static long child(long parent) throws Exception {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc/" + parent + "/task/" + parent + "/children"))) {
      return Long.parseLong(lines.findFirst().orElseThrow().trim());
    }
  }
}
