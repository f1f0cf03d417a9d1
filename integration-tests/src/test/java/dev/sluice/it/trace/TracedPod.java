// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.ServiceIp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Cgroups of one pod of a mesh, for its application and for its proxy, below one of its node; with
 * an eBPF file system for what is attached there. Closing it closes the mesh.
 */
final class TracedPod implements AutoCloseable {
  private final Mesh mesh;
  private final Party party;
  private final TestBpfFileSystem bpf = TestBpfFileSystem.mount();
  private final TestCgroup node;
  private final TestCgroup pod;
  private final TestCgroup application;
  private final TestCgroup proxy;
  private final List<BackendSet> balanced = new ArrayList<>();

  private TracedPod(Mesh mesh, Party party) throws IOException {
    this.mesh = mesh;
    this.party = party;
    node = TestCgroup.create("trace-" + party.text());
    pod = node.child("pod");
    application = pod.child("application");
    proxy = pod.child("proxy");
  }

  static TracedPod build(Party party) throws IOException {
    return new TracedPod(Mesh.build(), party);
  }

  /** What it is a pod of. */
  Mesh mesh() {
    return mesh;
  }

  /** Where the application's sockets belong. */
  String application() {
    return application.path().toString();
  }

  /** Starts a process of the application, which does nothing. */
  LabProcess live() throws IOException {
    String join = "echo $$ > " + application.path().resolve("cgroup.procs");
    LabProcess process =
        mesh.start(party, RunAs.ROOT, List.of("bash", "-c", join + "; echo there; exec sleep 600"));
    process.awaitLine("there", Duration.ofSeconds(10));
    return process;
  }

  /** The eBPF file system. */
  String pins() {
    return bpf.path().toString();
  }

  /** The pod's. */
  Path cgroup() {
    return pod.path();
  }

  /** Takes all that is dialled from the pod and to it, by programs alone. */
  void capture() throws IOException {
    List<String> words = new ArrayList<>(List.of(mesh.launcher(), "capture", "on"));
    words.addAll(List.of("--cgroup", pod.path().toString()));
    words.addAll(List.of("--proxy-cgroup", proxy.path().toString()));
    words.addAll(List.of("--netns", mesh.namespace(party).toString()));
    words.addAll(List.of("--bpf-fs", bpf.path().toString(), "--patience", "20s"));
    mesh.in(party, words.toArray(String[]::new));
  }

  /** One more service of the node for each protocol, with one backend. */
  void balance(Family family, String serviceIp, int port, InetSocketAddress backend)
      throws IOException {
    for (TransportProtocol protocol : List.of(TransportProtocol.TCP, TransportProtocol.UDP)) {
      balanced.add(
          new BackendSet(
              "shop/reviews:" + port + "/" + protocol + "/" + family.text(),
              new BackendSet.Frontend(
                  family == Family.IPV6,
                  protocol,
                  List.of(InetAddress.ofLiteral(serviceIp)),
                  port,
                  0),
              0,
              List.of(backend),
              List.of()));
    }
    LoadBalancer.apply(
        bpf.path(), node.path(), new LoadBalancer.Change(balanced, Scope.ALL, 0, List.of()));
  }

  /** A service of the node whose policies deny every client. */
  void deny(Family family, String serviceIp, int port) throws IOException {
    String why = "because the test says so";
    BackendSet set =
        new BackendSet(
            "shop/ledger:" + port + "/TCP/" + family.text(),
            new BackendSet.Frontend(
                family == Family.IPV6,
                TransportProtocol.TCP,
                List.of(InetAddress.ofLiteral(serviceIp)),
                port,
                0),
            0,
            List.of(new InetSocketAddress(Party.SERVER.address(family), port)),
            List.of(),
            new DataPath.Socket(
                PathReason.DENIED, why, new PolicyDecision.Denied("shop/deny", why)));
    LoadBalancer.apply(
        bpf.path(), node.path(), new LoadBalancer.Change(List.of(set), Scope.ALL, 0, List.of()));
  }

  /** Has the pod's proxy see the service IP that was dialled. */
  void giveServiceIpBack() throws IOException {
    ServiceIp.on(bpf.path(), pod.path());
  }

  /**
   * An application that connects, sends 100 bytes and closes: its own address as it sees it, and
   * its process's number.
   *
   * @param user whose it is
   */
  List<String> dial(int user, String address, int port) throws IOException {
    String join = "echo $$ > " + application.path().resolve("cgroup.procs") + "; exec \"$@\"";
    List<String> words = new ArrayList<>(List.of("bash", "-c", join, "application"));
    words.addAll(List.of("python3", "-c", DIAL, address, Integer.toString(port)));
    words.add(Integer.toString(user));
    return List.of(mesh.in(party, words.toArray(String[]::new)).strip().split(" ", -1));
  }

  private static final String DIAL =
      """
      import encodings.idna, os, socket, sys
      os.setgid(int(sys.argv[3]))
      os.setuid(int(sys.argv[3]))
      s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
      host, port = s.getsockname()[:2]
      s.sendall(b"x" * 100)
      s.shutdown(socket.SHUT_WR)
      s.recv(1)
      print(("[%s]:%d" if ":" in host else "%s:%d") % (host, port), os.getpid())
      """;

  /** Starts the proxy of a captured pod in its cgroup. */
  ProxyUnderTest startCapturing(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("--bpf-fs", bpf.path().toString()));
    words.addAll(List.of("--capture-cgroup", pod.path().toString()));
    words.addAll(List.of(options));
    return start(InterceptionMode.SOCKET, List.of(), words);
  }

  /** Starts the proxy of a pod with rules of REDIRECT in its cgroup. */
  ProxyUnderTest startRedirecting(String... options) throws IOException {
    List<String> rights =
        List.of("setpriv", "--reuid=1337", "--regid=1337", "--clear-groups", "--");
    return start(InterceptionMode.REDIRECT, rights, List.of(options));
  }

  private ProxyUnderTest start(InterceptionMode mode, List<String> rights, List<String> options)
      throws IOException {
    Path log = mesh.folder().resolve("access.log");
    List<String> words = new ArrayList<>(List.of("--access-log", log.toString()));
    words.addAll(options);
    String join = "echo $$ > " + proxy.path().resolve("cgroup.procs") + "; exec \"$@\"";
    List<String> command = new ArrayList<>(List.of("bash", "-c", join, "member"));
    command.addAll(rights);
    command.addAll(ProxyUnderTest.command(mesh, mode, words));
    return ProxyUnderTest.start(mesh, party, RunAs.ROOT, log, command);
  }

  @Override
  public void close() throws IOException {
    mesh.close(); // Before the cgroups of its processes.
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.remove();
    }
    bpf.close();
    application.close();
    proxy.close();
    pod.close();
    node.close();
  }
}
