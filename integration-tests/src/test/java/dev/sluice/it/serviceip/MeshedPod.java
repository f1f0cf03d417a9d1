// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.BackendSets;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.ServiceIp;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The lab's client pod with REDIRECT rules, in a cgroup of its own below one where others may
 * translate addresses. Closing it removes everything.
 */
final class MeshedPod implements AutoCloseable {
  private static final Path SCRIPTS =
      Checkout.home().resolve("integration-tests/src/test/resources/dev/sluice/it/serviceip");
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int OPEN_FILES = 10_000;

  private final Mesh mesh;
  private final TestBpfFileSystem bpfFileSystem;
  private final TestCgroup parent;
  private final TestCgroup pod;

  private MeshedPod(Mesh mesh, TestBpfFileSystem bpfFileSystem, TestCgroup parent, TestCgroup pod) {
    this.mesh = mesh;
    this.bpfFileSystem = bpfFileSystem;
    this.parent = parent;
    this.pod = pod;
  }

  static MeshedPod build() throws IOException {
    TestCgroup parent = TestCgroup.create("service-ip");
    MeshedPod built =
        new MeshedPod(Mesh.build(), TestBpfFileSystem.mount(), parent, parent.child("pod"));
    try {
      built.mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      return built;
    } catch (IOException e) {
      built.close();
      throw e;
    }
  }

  Mesh mesh() {
    return mesh;
  }

  Path parent() {
    return parent.path();
  }

  Path cgroup() {
    return pod.path();
  }

  Path bpfFileSystem() {
    return bpfFileSystem.path();
  }

  /** Puts our load balancer on {@code cgroup}. */
  void balance(Path cgroup) throws IOException, ConfigurationException {
    Path services = Files.writeString(mesh.folder().resolve("services.yaml"), Services.yaml());
    HostNamespace host = HostNamespace.of("/proc/self/ns/net");
    LoadBalancer.apply(
        bpfFileSystem(),
        cgroup,
        new LoadBalancer.Change(
            BackendSets.of(KubernetesFiles.load(List.of(services))),
            Scope.ALL,
            host.cookie(),
            List.of()));
  }

  /** Switches it on as the command does. */
  void giveServiceIpBack() throws IOException {
    ServiceIp.on(bpfFileSystem(), cgroup());
  }

  /** Runs the launcher with {@code words} and where the pins are. */
  CommandResult sluice(String... words) throws IOException {
    List<String> line = new ArrayList<>(List.of(mesh.launcher()));
    line.addAll(List.of(words));
    line.addAll(List.of("--bpf-fs", bpfFileSystem().toString()));
    return Command.of(line.toArray(String[]::new)).run();
  }

  /** The command line that runs {@code words} as the proxy's user in the pod's cgroup. */
  List<String> asProxyInPod(List<String> words) {
    List<String> line =
        new ArrayList<>(List.of("bash", "-c", inPod("exec \"$@\" 2>&1"), "pod", "setpriv"));
    line.addAll(List.of("--reuid", "1337", "--regid", "1337", "--clear-groups"));
    line.addAll(List.of("--inh-caps=-all", "--bounding-set=-all", "--pdeathsig", "KILL", "--"));
    line.addAll(words);
    return line;
  }

  /** Starts an unmodified proxy in the pod, and waits until it listens in both families. */
  LabProcess startProxy(String... words) throws IOException {
    LabProcess process = mesh.start(Party.CLIENT, RunAs.ROOT, asProxyInPod(List.of(words)));
    try {
      await()
          .alias("two listeners of " + process.name())
          .failFast(() -> assertThat(process.alive()).as("%s", process.lines()).isTrue())
          .until(() -> listeners() == 2);
      return process;
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private long listeners() throws IOException {
    return mesh.in(Party.CLIENT, "ss", "-ltnH", "sport = :15001").lines().count();
  }

  /** In the proxy's place: tells who connects what it can find out about the destination. */
  LabProcess startAsker() throws IOException {
    return startProxy("/usr/bin/python3", script("server.py"), "15001");
  }

  /** The backends of the first two services. */
  LabProcess startBackends() throws IOException {
    for (int service = 0; service < 2; service++) {
      for (int which = 0; which < 2; which++) {
        addToServer(Services.backend(Family.IPV4, service, which) + "/24");
        addToServer(Services.backend(Family.IPV6, service, which) + "/64");
      }
    }
    String port = Integer.toString(Services.BACKEND_PORT);
    LabProcess process =
        mesh.start(
            Party.SERVER,
            RunAs.APPLICATION,
            List.of("/usr/bin/python3", script("server.py"), port));
    process.awaitLine("listening", PATIENCE);
    return process;
  }

  private void addToServer(String address) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("ip", "address", "replace", address, "dev", "eth0"));
    if (address.contains(":")) {
      words.add("nodad");
    }
    mesh.in(Party.SERVER, words.toArray(String[]::new));
  }

  /** Runs client.py in the pod; what it printed, a map for each line. */
  List<Map<String, String>> client(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("bash", "-c", inPod("exec \"$@\""), "pod"));
    words.addAll(List.of("/usr/bin/python3", script("client.py")));
    words.addAll(List.of(arguments));
    return mesh.in(Party.CLIENT, words.toArray(String[]::new)).lines().map(Logfmt::parse).toList();
  }

  private static String script(String name) {
    return SCRIPTS.resolve(name).toString();
  }

  private String inPod(String script) {
    return "ulimit -n %d; echo $$ > %s/cgroup.procs && %s".formatted(OPEN_FILES, cgroup(), script);
  }

  /** What is switched on for the pod. */
  InstalledFeature serviceIp() throws IOException {
    return InstalledFeature.all(bpfFileSystem()).stream()
        .filter(feature -> feature.feature().word().equals("service-ip"))
        .findFirst()
        .orElseThrow();
  }

  /** Whether any connection waits for its other end. */
  boolean anyPending() throws IOException {
    try (BpfMap pending = serviceIp().openMap("pending")) {
      return pending.nextKey(null) != null;
    }
  }

  /** Detaches everything, so that the next test starts afresh. */
  void uninstall() throws IOException {
    for (InstalledFeature feature : InstalledFeature.all(bpfFileSystem())) {
      feature.remove();
    }
  }

  @Override
  public void close() throws IOException {
    uninstall();
    mesh.close();
    bpfFileSystem.close();
    pod.close();
    parent.close();
  }
}
