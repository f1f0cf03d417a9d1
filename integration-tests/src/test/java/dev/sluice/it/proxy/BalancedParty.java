// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.net.InterceptionMode;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.Feature;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.ServiceIp;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A party of a mesh behind REDIRECT, below a cgroup where sockets are load balanced, whose proxy is
 * given the service IP back.
 */
final class BalancedParty implements Closeable {
  private final Mesh mesh;
  private final Party party;
  private final TestBpfFileSystem bpf = TestBpfFileSystem.mount();
  private final TestCgroup node;
  private final TestCgroup pod;

  private BalancedParty(Mesh mesh, Party party) throws IOException {
    this.mesh = mesh;
    this.party = party;
    node = TestCgroup.create("balanced-" + party.text());
    pod = node.child("pod");
  }

  /** Everything that {@code party} dials is redirected; {@code sets} are its services. */
  static BalancedParty balance(Mesh mesh, Party party, Collection<BackendSet> sets)
      throws IOException {
    BalancedParty balanced = new BalancedParty(mesh, party);
    try {
      mesh.rules(party, InterceptionMode.REDIRECT);
      LoadBalancer.apply(
          balanced.bpf.path(),
          balanced.node.path(),
          new LoadBalancer.Change(sets, Scope.ALL, 0, List.of()));
      ServiceIp.on(balanced.bpf.path(), balanced.pod.path());
      mesh.makeSocketsIn(party, balanced.pod.path());
      return balanced;
    } catch (IOException e) {
      balanced.close();
      throw e;
    }
  }

  ProxyUnderTest startProxy(String... options) throws IOException {
    Path log = mesh.folder().resolve("access.log");
    List<String> words = new ArrayList<>(List.of("--access-log", log.toString()));
    words.addAll(Arrays.asList(options));
    String join = "echo $$ > " + pod.path().resolve("cgroup.procs") + "; exec \"$@\"";
    List<String> command = new ArrayList<>(List.of("bash", "-c", join, "member", "setpriv"));
    command.addAll(List.of("--reuid=1337", "--regid=1337", "--clear-groups"));
    command.addAll(List.of("--inh-caps=-all", "--bounding-set=-all", "--"));
    command.addAll(ProxyUnderTest.command(mesh, InterceptionMode.REDIRECT, words));
    return ProxyUnderTest.start(mesh, party, RunAs.ROOT, log, command);
  }

  /** The services with what the kernel counted of their connections. */
  List<ListedSet> services() throws IOException {
    try (InstalledLoadBalancer installed = InstalledLoadBalancer.only(Optional.of(bpf.path()))) {
      return installed.list();
    }
  }

  /** How many connections wait to be joined with their clients. */
  int waiting() throws IOException {
    try (BpfMap pending = open(Feature.SERVICE_IP, "pending")) {
      return entries(pending);
    }
  }

  /** How many were joined, and how many were lost because too many waited. */
  long[] joinedAndLost() throws IOException {
    try (BpfMap counters = open(Feature.SERVICE_IP, "counters")) {
      return new long[] {count(counters, 0), count(counters, 1)};
    }
  }

  /** The entries of the load balancer's maps that grow by connections or by datagrams. */
  int remembered() throws IOException {
    int entries = 0;
    for (String name : List.of("replies", "counters", "traffic", "names", "reasons")) {
      try (BpfMap map = open(Feature.LOAD_BALANCER, name)) {
        entries += entries(map);
      }
    }
    return entries;
  }

  private BpfMap open(Feature feature, String name) throws IOException {
    return InstalledFeature.all(bpf.path()).stream()
        .filter(installed -> installed.feature() == feature)
        .findFirst()
        .orElseThrow()
        .openMap(name);
  }

  private static int entries(BpfMap map) throws IOException {
    int count = 0;
    for (byte[] key = map.nextKey(null); key != null; key = map.nextKey(key)) {
      count++;
    }
    return count;
  }

  private static long count(BpfMap counters, int which) throws IOException {
    ByteBuffer key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    byte[] value = counters.lookup(key.putInt(which).array());
    assertThat(value).isNotNull();
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }

  /** Once no process of the mesh runs any more. */
  @Override
  public void close() throws IOException {
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.remove();
    }
    bpf.close();
    pod.close();
    node.close();
  }
}
