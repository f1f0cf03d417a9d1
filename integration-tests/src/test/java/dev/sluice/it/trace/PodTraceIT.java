// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections from a pod that is named, started from outside of it. */
final class PodTraceIT {
  @ParameterizedTest
  @EnumSource(Family.class)
  void dialsFromThePodOfANamespace(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      String client = mesh.namespace(Party.CLIENT).toFile().getName();

      CommandResult result = trace(mesh, server.address(), "netns:" + client);

      assertThat(result.errors()).isEmpty();
      TracedPath path = TracedPath.parse(result.output());
      assertThat(path.only("connect")).containsEntry("netns", client);
      assertThat(path.only("server")).containsEntry("peer", server.peer());
      assertThat(path.only("client").get("local"))
          .startsWith(Family.endpoint(Party.CLIENT.address(family), 0).replaceFirst("0$", ""));
    }
  }

  /** Programs act on sockets of a cgroup: from that of the trace the path would be a direct one. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void dialsFromTheCgroupOfWhoeverLivesInTheNamespace(Family family) throws Exception {
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer server = new PatientServer(pod.mesh(), family)) {
      pod.capture();
      try (ProxyUnderTest proxy = pod.startCapturing()) {
        String client = pod.mesh().namespace(Party.CLIENT).toFile().getName();

        TracedPath alone = parsed(trace(pod.mesh(), server.address(), "netns:" + client));
        assertThat(alone.only("connect")).containsEntry("cgroup", CgroupFolder.own().toString());
        assertThat(alone.all("unknown"))
            .anySatisfy(
                hop ->
                    assertThat(hop)
                        .containsEntry(
                            "subject", "what programs on the cgroups of " + client + " do"));
        assertThat(alone.only("server")).containsEntry("peer", server.peer());

        LabProcess _ = pod.live();
        TracedPath path = parsed(trace(pod.mesh(), server.address(), "netns:" + client));
        assertThat(path.only("connect"))
            .containsEntry("netns", client)
            .containsEntry("cgroup", pod.application());
        assertThat(path.only("program")).containsEntry("before_destination", server.address());
        assertThat(path.only("decision"))
            .containsEntry("mode", "socket")
            .containsEntry("original_destination", server.address());
        assertThat(path.all("unknown")).isEmpty();
        proxy.stop();
      }
    }
  }

  private static TracedPath parsed(CommandResult result) {
    assertThat(result.errors()).isEmpty();
    return TracedPath.parse(result.output());
  }

  /** Namespace and cgroup are those of the pod's process. */
  @Test
  void dialsFromThePodOfAnUid() throws Exception {
    String uid = UUID.randomUUID().toString();
    Path top = CgroupFolder.root().resolve("slt-trace-" + ProcessHandle.current().pid());
    Path pod = top.resolve("pod" + uid);
    Path container = pod.resolve("0123abcd");
    Files.createDirectories(container);
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4)) {
      LabProcess process =
          mesh.start(
              Party.CLIENT,
              RunAs.ROOT,
              List.of("bash", "-c", join(container) + "; echo there; exec sleep 600"));
      process.awaitLine("there", Duration.ofSeconds(10));

      CommandResult result = trace(mesh, server.address(), "uid:" + uid);

      assertThat(result.errors()).isEmpty();
      TracedPath path = TracedPath.parse(result.output());
      assertThat(path.only("connect"))
          .containsEntry("netns", "/proc/" + process.pid() + "/ns/net")
          .containsEntry("cgroup", container.toString());
      assertThat(path.only("server")).containsEntry("peer", server.peer());
    } finally {
      for (Path folder : List.of(container, pod, top)) {
        Files.deleteIfExists(folder);
      }
    }
  }

  @Test
  void saysInOneLineThatThereIsNoSuchPod() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      CommandResult gone = trace(mesh, "10.7.2.2:80", "netns:slt-no-such-pod");
      assertThat(gone.exitCode()).isEqualTo(1);
      assertThat(gone.errors())
          .isEqualTo(
              "sluice trace: pod netns:slt-no-such-pod: there is none on this node; it may be gone,"
                  + " see 'ip netns'\n");
      CommandResult vague = trace(mesh, "10.7.2.2:80", "netns:" + prefix(mesh) + "*");
      assertThat(vague.errors().lines())
          .singleElement()
          .asString()
          .contains("that is [netns:", "; expected one");
      CommandResult wrong = trace(mesh, "10.7.2.2:80", "reviews");
      assertThat(wrong.exitCode()).isEqualTo(2);
      assertThat(wrong.errors())
          .isEqualTo(
              "sluice trace: --pod 'reviews' chooses no pods; expected netns:NAME or uid:UID, * for"
                  + " any text\n");
    }
  }

  /** Whoever enters one stands still: the trace would, with its table still in the pod. */
  @Test
  void goesToNoFrozenCgroup() throws Exception {
    try (Mesh mesh = Mesh.build();
        TestCgroup pod = TestCgroup.create("frozen");
        TestCgroup container = pod.child("container")) {
      Files.writeString(pod.path().resolve("cgroup.freeze"), "1");
      Process trace =
          new ProcessBuilder(
                  mesh.launcher(),
                  "trace",
                  "--to",
                  "10.7.2.2:80",
                  "--netns",
                  mesh.namespace(Party.CLIENT).toString(),
                  "--cgroup",
                  container.path().toString())
              .start();
      try {
        assertThat(trace.waitFor(20, TimeUnit.SECONDS)).as("it ended").isTrue();
        assertThat(trace.exitValue()).isEqualTo(1);
        assertThat(new String(trace.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo(
                "sluice trace: going to cgroup "
                    + container.path()
                    + " for the socket's sake: it is frozen, and this process would be, too;"
                    + " expected one whose cgroup.freeze is 0, and so above it\n");
        assertThat(mesh.in(Party.CLIENT, "nft", "list", "tables")).doesNotContain("sluice_trace");
      } finally {
        Files.writeString(pod.path().resolve("cgroup.freeze"), "0");
        trace.destroyForcibly().waitFor();
      }
    }
  }

  private static String prefix(Mesh mesh) {
    return mesh.namespace(Party.CLIENT).toFile().getName().replace("client", "");
  }

  private static String join(Path cgroup) {
    return "echo $$ > " + cgroup.resolve("cgroup.procs");
  }

  private static CommandResult trace(Mesh mesh, String destination, String pod) throws IOException {
    List<String> words = new ArrayList<>(List.of(mesh.launcher(), "trace", "--json"));
    words.addAll(List.of("--to", destination, "--pod", pod));
    words.addAll(List.of("--through", mesh.namespace(Party.SERVER).toString()));
    return Command.of(words.toArray(String[]::new)).run();
  }
}
