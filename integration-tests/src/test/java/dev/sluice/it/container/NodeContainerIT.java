// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.node.Agent;
import dev.sluice.process.Command;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped DaemonSets: their containers are really started, and serve a pod's namespace. */
class NodeContainerIT {
  /** The application of the pod, behind an address that is nowhere. */
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata:
        name: web-1
        labels: {kubernetes.io/service-name: web}
      addressType: IPv4
      ports: [{name: http, port: 8080}]
      endpoints:
      - addresses: [198.18.9.1]
      """;

  @TempDir private static Path folder;
  private static UnpackedImage image = new UnpackedImage(Path.of(""), Map.of(), List.of());

  @BeforeAll
  static void unpack() throws IOException {
    image = UnpackedImage.below(folder);
  }

  private static Manifest.Container shipped(String folder) throws IOException {
    return Manifest.kustomized("node/" + folder, "DaemonSet").container("sluice-node");
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "overlays/uid", "overlays/ambient", "overlays/lb"})
  void needsEveryCapabilityThatItsManifestLists(String manifest) throws Exception {
    // Whatever it doesn't need it must not find: others' pods are on this machine too.
    Manifest.Container node =
        shipped(manifest)
            .with("SLUICE_POD", manifest.endsWith("uid") ? "uid:nobody" : "netns:nobody");
    assertThat(node.capabilities()).isNotEmpty();
    for (String capability : node.capabilities()) {
      List<String> others =
          node.capabilities().stream().filter(other -> !other.equals(capability)).toList();
      try (PodNetwork network = PodNetwork.open();
          TestCgroup cgroup = TestCgroup.create("box");
          TestBpfFileSystem bpf = TestBpfFileSystem.mount();
          Box box = Box.start(image, node, others, place(node, network, own(node, cgroup, bpf)))) {
        assertThat(box.await()).as("without " + capability).isOne();
        assertThat(box.errors()).contains(capability).hasLineCount(1);
        assertThat(bpf.path().resolve("sluice")).doesNotExist();
      }
    }
  }

  @Test
  void servesANamespaceThatTheRuntimeHasNamed() throws Exception {
    Manifest.Container node = shipped("base");
    try (PodNetwork network = PodNetwork.open();
        Box box =
            Box.start(
                image,
                node.with("SLUICE_POD", "netns:" + network.path().getFileName())
                    .with("SLUICE_FAIL_OPEN", "true"),
                node.capabilities(),
                place(node, network, Map.of()))) {
      box.awaitSaying("serving, outbound");
      box.awaitSaying("served in net:");
      Confinement.assertAsListed(box, node);
      for (String probe : List.of("readinessProbe", "livenessProbe")) {
        assertThat(status(network, "127.0.0.1" + node.probe(probe))).as(probe).isEqualTo("200");
        assertThat(status(network, "[::1]" + node.probe(probe))).as(probe).isEqualTo("200");
      }
      Process application = network.startApplication();
      try {
        passesConnections(network);
      } finally {
        application.destroy();
        application.waitFor();
      }
      assertThat(box.execute("sluice", "node", "status"))
          .startsWith("pod netns:" + network.path().getFileName() + ": served in net:[")
          .contains(" connections=2 ");
      assertThat(box.execute("sluice", "ctl", "stats"))
          .contains("\nsluice_connections_accepted_total 2\n");
      assertThat(box.execute("sluice", "ctl", "drain")).startsWith("draining: 0 ");
      assertThat(status(network, "127.0.0.1" + node.probe("readinessProbe"))).isEqualTo("503");
      assertThat(status(network, "127.0.0.1" + node.probe("livenessProbe"))).isEqualTo("200");
      assertThat(rules(network)).contains("SLUICE_");
      endsAfterTwo(box);
      assertThat(rules(network)).as("told to fail open, it takes its rules away").isEmpty();
    }
  }

  @Test
  void servesAPodWhoseProcessesItSees() throws Exception {
    Manifest.Container node = shipped("overlays/uid");
    String uid = UUID.randomUUID().toString();
    Path cgroup = CgroupFolder.root().resolve("slt-pod" + uid);
    Files.createDirectory(cgroup);
    try (PodNetwork network = PodNetwork.open()) {
      Process application = network.startApplication();
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(application.pid()));
      try (Box box =
          Box.start(
              image,
              node.with("SLUICE_POD", "uid:" + uid),
              node.capabilities(),
              place(node, network, Map.of()))) {
        box.awaitSaying("pod " + uid + ": served in net:");
        Confinement.assertAsListed(box, node);
        passesConnections(network);
        endsAfterTwo(box);
        for (String address : List.of("198.18.9.1", "fd00:18:9::1")) {
          assertThat(network.ask(address, PodNetwork.PORT, "hello").errors())
              .as("the pod lives on, closed, without being told to fail open")
              .contains("ConnectionRefusedError");
        }
      } finally {
        application.destroy();
        application.waitFor();
      }
    } finally {
      await().ignoreException(FileSystemException.class).until(() -> Files.deleteIfExists(cgroup));
    }
  }

  @Test
  void servesWhatAnAgentHandsOver() throws Exception {
    Manifest.Container node = shipped("overlays/ambient");
    try (PodNetwork network = PodNetwork.open();
        Agent agent = Agent.start()) {
      Path listening = agent.socket().resolveSibling("ztunnel.sock");
      Files.createSymbolicLink(listening, agent.socket().getFileName());
      Path there = agent.socket().getParent();
      try (Box box =
          Box.start(
              image,
              node,
              node.capabilities(),
              place(node, network, Map.of("/var/run/ztunnel", there)))) {
        assertThat(agent.hello()).isEqualTo("0801");
        Confinement.assertAsListed(box, node);
        assertThat(agent.ask("add uid-1 default pod-1 " + network.path())).isEmpty();
        box.awaitSaying("pod default/pod-1: served in net:");
        assertThat(agent.ask("del uid-1")).isEmpty();
        box.awaitSaying("pod default/pod-1: released, the agent says so");
        box.signal("TERM");
        assertThat(box.await()).as(box.errors()).isZero();
      }
    }
  }

  @Test
  void balancesServicesAtConnectForWhoIsNotServed() throws Exception {
    Manifest.Container node = shipped("overlays/lb");
    Path services = Files.createTempDirectory(folder, "services");
    Files.writeString(services.resolve("services.yaml"), SERVICE);
    try (PodNetwork network = PodNetwork.open();
        TestCgroup cgroup = TestCgroup.create("box");
        TestBpfFileSystem bpf = TestBpfFileSystem.mount()) {
      Map<String, Path> instead =
          Map.of(
              "/run/cgroup", cgroup.path(),
              "/sys/fs/bpf", bpf.path(),
              "/etc/sluice/services", services);
      Process application = network.startApplication();
      try (Box box =
          Box.start(
              image,
              node.with("SLUICE_POD", "netns:nobody"),
              node.capabilities(),
              place(node, network, instead))) {
        box.awaitSaying("serving, outbound");
        assertThat(box.errors()).contains("load balancer: 1 sets of backends in force, scope all");
        Confinement.assertAsListed(box, node);
        String join = "echo $$ >" + cgroup.path().resolve("cgroup.procs") + " && exec ";
        String ask = "nsenter --net=" + network.outside() + " curl -s --http0.9 http://10.96.0.1";
        assertThat(Command.of("sh", "-c", join + ask).run().output()).isEqualTo("198.18.9.2");
        assertThat(box.execute("sluice", "uninstall")).contains("removing /sys/fs/bpf/sluice/");
        assertThat(bpf.path().resolve("sluice")).doesNotExist();
        box.signal("TERM");
        assertThat(box.await()).as(box.errors()).isZero();
      } finally {
        application.destroy();
        application.waitFor();
        Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", "" + bpf.path())
            .runOrThrow();
      }
    }
  }

  /** What is attached and pinned for the node, with the overlay that does so, is so for a test. */
  private static Map<String, Path> own(
      Manifest.Container node, TestCgroup cgroup, TestBpfFileSystem bpf) {
    Map<String, Path> own = Map.of("/run/cgroup", cgroup.path(), "/sys/fs/bpf", bpf.path());
    return node.hostPaths().keySet().containsAll(own.keySet()) ? own : Map.of();
  }

  /** As the manifest says, but for what {@code instead} has. */
  private static Box.Place place(
      Manifest.Container node, PodNetwork network, Map<String, Path> instead) throws IOException {
    Map<String, Path> mounts = new HashMap<>(node.hostPaths());
    mounts.putAll(instead);
    for (Map.Entry<String, Path> mount : mounts.entrySet()) {
      if (mount.getValue().toString().isEmpty() || !Files.isDirectory(mount.getValue())) {
        mount.setValue(Files.createTempDirectory(folder, "empty"));
      }
    }
    return new Box.Place(network.outside(), mounts, node.hostPid());
  }

  /** Chains and rules of both families; empty if there are none. */
  private static String rules(PodNetwork network) throws Exception {
    String all =
        Command.of("iptables-save").inNetworkNamespace(network.path()).runOrThrow()
            + Command.of("ip6tables-save").inNetworkNamespace(network.path()).runOrThrow();
    return String.join("\n", all.lines().filter(line -> line.contains("SLUICE")).toList());
  }

  private static String status(PodNetwork network, String where) throws Exception {
    return Command.of("curl", "-sg", "-o", "/dev/null", "-w", "%{http_code}", "http://" + where)
        .inNetworkNamespace(network.outside())
        .runOrThrow();
  }

  private static void passesConnections(PodNetwork network) throws Exception {
    assertThat(network.ask("198.18.9.1", PodNetwork.PORT, "hello").output())
        .isEqualTo("connected\n198.18.9.2\n");
    assertThat(network.ask("fd00:18:9::1", PodNetwork.PORT, "hello").output())
        .isEqualTo("connected\nfd00:18:9::2\n");
  }

  private static void endsAfterTwo(Box box) throws Exception {
    box.signal("TERM");
    assertThat(box.await()).as(box.errors()).isZero();
    assertThat(box.output()).containsPattern("(?s)outcome=closed.*outcome=closed");
  }
}
