// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Cgroups seen from within a cgroup namespace, where the root is not the tree's: that of {@code
 * capture on} is some levels above the pod's, and that of the proxy is its own cgroup, as in a
 * container.
 */
final class CgroupNamespaceIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Root of the view, where it is mounted, and a command. */
  private static final String SEE_FROM =
      """
      echo $$ > "$0/cgroup.procs"
      mount=$1
      shift
      exec unshare --cgroup --mount bash -c 'umount -l "$0" && mount -t cgroup2 none "$0" && exec "$@" 2>&1' "$mount" "$@"
      """;

  @Test
  void capturesWhereverTheRootSeemsToBe() throws Exception {
    try (TestCgroup outer = TestCgroup.create("outer");
        TestCgroup inner = outer.child("inner");
        Pods pods = Pods.build()) {
      CapturedPod pod = pods.podBelow(inner, Party.CLIENT);
      pods.serve(Party.SERVER, "::|9090");
      pod.serve("::|8080");
      seeFrom(outer.path() + "", pods, pod.captureCommand()).awaitLine("TCP, not UDP", LIMIT);
      seeFrom(pod.proxyCgroup() + "", pods, pod.proxyCommand("--bpf-fs", pods.bpf.path() + ""))
          .awaitLine("sluice proxy: listening", LIMIT);

      List<Talk> left = pod.dial("10.7.2.2|9090", "2001:db8:7:2::2|9090");
      assertThat(left).hasSize(2).allMatch(Talk::leftThroughTheProxy);
      assertThat(left)
          .extracting(talk -> talk.of("accepted"))
          .containsExactly("::ffff:10.7.1.2", "2001:db8:7:1::2");
      List<Talk> arrived = pods.dialFrom(Party.SERVER, "10.7.1.2|8080", "2001:db8:7:1::2|8080");
      assertThat(arrived).hasSize(2).allMatch(Talk::arrivedThroughTheProxy);
      assertThat(arrived)
          .extracting(talk -> talk.of("accepted"))
          .containsExactly("::ffff:10.7.2.2", "2001:db8:7:2::2");
    }
  }

  /** Starts {@code command} with {@code root} as the root, mounted where the tree's own is. */
  private static LabProcess seeFrom(String root, Pods pods, List<String> command)
      throws IOException {
    String mount = TestCgroup.mountPoint().toString();
    List<String> words = new ArrayList<>(List.of("bash", "-c", SEE_FROM, root, mount));
    command.forEach(word -> words.add(word.startsWith(root) ? word.replace(root, mount) : word));
    return pods.start(Party.CLIENT, words);
  }
}
