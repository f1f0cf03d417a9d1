// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.net.InterceptionMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A party of a mesh whose sockets programs capture. It has cgroups for its application, which is
 * this process whenever it makes sockets for that party, and for its proxy.
 */
final class CapturedParty implements Closeable {
  private final Mesh mesh;
  private final Party party;
  private final TestBpfFileSystem bpf = TestBpfFileSystem.mount();
  private final TestCgroup pod;
  private final TestCgroup application;
  private final TestCgroup proxy;

  private CapturedParty(Mesh mesh, Party party) throws IOException {
    this.mesh = mesh;
    this.party = party;
    pod = TestCgroup.create("relay-" + party.text());
    application = pod.child("application");
    proxy = pod.child("proxy");
  }

  /** Has everything captured that {@code party} dials and is dialled for. */
  static CapturedParty capture(Mesh mesh, Party party) throws IOException {
    CapturedParty captured = new CapturedParty(mesh, party);
    try {
      captured.capture();
      return captured;
    } catch (IOException e) {
      captured.close();
      throw e;
    }
  }

  private void capture() throws IOException {
    List<String> words = new ArrayList<>(List.of(mesh.launcher(), "capture", "on"));
    words.addAll(List.of("--cgroup", pod.path().toString()));
    words.addAll(List.of("--proxy-cgroup", proxy.path().toString()));
    words.addAll(List.of("--netns", mesh.namespace(party).toString()));
    words.addAll(List.of("--bpf-fs", bpf.path().toString()));
    // A proxy that is stopped for a moment is not to be taken for dead.
    words.addAll(List.of("--patience", "20s"));
    mesh.in(party, words.toArray(String[]::new));
    mesh.makeSocketsIn(party, application.path());
  }

  ProxyUnderTest startProxy(String... options) throws IOException {
    Path log = mesh.folder().resolve("access.log");
    List<String> words = new ArrayList<>(List.of("--access-log", log.toString()));
    words.addAll(proxyOptions());
    words.addAll(List.of(options));
    List<String> command = new ArrayList<>(join());
    command.addAll(ProxyUnderTest.command(mesh, InterceptionMode.SOCKET, words));
    return ProxyUnderTest.start(mesh, party, RunAs.ROOT, log, command);
  }

  /** A command that makes itself a member of the proxy's cgroup and goes on as another. */
  List<String> join() {
    String join = "echo $$ > " + proxy.path().resolve("cgroup.procs") + "; exec \"$@\"";
    return List.of("bash", "-c", join, "member");
  }

  /** By which a proxy finds the maps. */
  List<String> proxyOptions() {
    return List.of("--bpf-fs", bpf.path().toString(), "--capture-cgroup", pod.path().toString());
  }

  /** How many entries the maps have in which the programs remember connections. */
  int connectionEntries() throws IOException {
    long id = (Long) Files.getAttribute(pod.path(), "unix:ino");
    Path maps = bpf.path().resolve("sluice").resolve("capture-" + id).resolve("maps");
    int entries = 0;
    try (Stream<Path> pins = Files.list(maps)) {
      for (Path pin : pins.toList()) {
        entries += entries(pin);
      }
    }
    return entries;
  }

  private static int entries(Path pin) throws IOException {
    try (BpfMap map = BpfMap.openPinned(pin)) {
      int type = map.shape().type();
      if (type != MapType.HASH.number() && type != MapType.LRU_HASH.number()) {
        return 0;
      }
      int count = 0;
      for (byte[] key = map.nextKey(null); key != null; key = map.nextKey(key)) {
        count++;
      }
      return count;
    }
  }

  /** Once no process of the mesh runs any more. */
  @Override
  public void close() throws IOException {
    bpf.close();
    application.close();
    proxy.close();
    pod.close();
  }
}
