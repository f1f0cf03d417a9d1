// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.bpf.BpfObjectFiles;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.CgroupHook.Sharing;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.process.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody else's programs on connect4, shown with the address before and after each. */
final class ConnectHooksIT {
  private static final AttachType HOOK = AttachType.CGROUP_INET4_CONNECT;
  private static final String SERVICE = "10.96.0.30:80";
  private static final String SECOND = "10.96.0.40:81";

  @Test
  void showsWhatEachProgramChangedInTheirOrder() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4);
        TestCgroup pod = TestCgroup.create("trace");
        TestCgroup client = pod.child("client");
        BpfCollection first = rewriting(SERVICE, SECOND);
        BpfCollection second = rewriting(SECOND, server.address());
        BpfCollection idle = rewriting("192.0.2.1:9", "192.0.2.2:9");
        Cgroup above = Cgroup.open(pod.path());
        Cgroup own = Cgroup.open(client.path());
        BpfLink _ = above.attach(second.program("rewrite"), HOOK);
        BpfLink _ = own.attach(first.program("rewrite"), HOOK);
        BpfLink _ = own.attach(idle.program("rewrite"), HOOK)) {
      TracedPath path = TracedPath.to(mesh, SERVICE, "--cgroup", client.path().toString());

      List<Map<String, String>> programs = path.all("program");
      assertThat(programs)
          .hasSize(3)
          .allSatisfy(
              hop ->
                  assertThat(hop)
                      .containsEntry("evidence", "event")
                      .containsEntry("hook", "cgroup/connect4"));
      assertHop(programs.get(0), first, SERVICE, SECOND);
      assertHop(programs.get(1), idle, SECOND, SECOND);
      assertHop(programs.get(2), second, SECOND, server.address());
      assertRuns(path, List.of(first, idle, second));
      assertThat(path.only("connect")).containsEntry("destination", SERVICE);
      assertThat(path.all("packet").getFirst()).containsEntry("destination", server.address());
      assertThat(path.only("server"))
          .containsEntry("local", server.address())
          .containsEntry("peer", server.peer());
      // Nothing of the trace is attached any more.
      assertThat(above.hook(HOOK).attached().ids()).hasSize(1);
      assertThat(own.hook(HOOK).attached().ids()).hasSize(2);
    }
  }

  /** One that runs before those of child cgroups ({@code BPF_F_PREORDER}). */
  @Test
  void showsAProgramThatRunsBeforeThoseOfItsChildren() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4);
        TestCgroup pod = TestCgroup.create("trace");
        TestCgroup client = pod.child("client");
        BpfCollection first = rewriting(SERVICE, SECOND);
        BpfCollection second = rewriting(SECOND, server.address());
        Cgroup above = Cgroup.open(pod.path());
        Cgroup own = Cgroup.open(client.path());
        BpfLink _ = own.attach(second.program("rewrite"), HOOK);
        BpfLink _ =
            above.attach(
                first.program("rewrite"), HOOK, AttachOrder.unspecified().beforeChildren())) {
      TracedPath path = TracedPath.to(mesh, SERVICE, "--cgroup", client.path().toString());

      List<Map<String, String>> programs = path.all("program");
      assertThat(programs).hasSize(2);
      assertHop(programs.get(0), first, SERVICE, SECOND);
      assertHop(programs.get(1), second, SECOND, server.address());
    }
  }

  /** What the client is told of its own socket, and what the kernel has: each of its programs. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void showsWhatProgramsTellTheClientOfItsSocket(Family family) throws Exception {
    String version = family == Family.IPV4 ? "4" : "6";
    AttachType asked =
        family == Family.IPV4
            ? AttachType.CGROUP_INET4_GETPEERNAME
            : AttachType.CGROUP_INET6_GETPEERNAME;
    AttachType own =
        family == Family.IPV4
            ? AttachType.CGROUP_INET4_GETSOCKNAME
            : AttachType.CGROUP_INET6_GETSOCKNAME;
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family);
        TestCgroup pod = TestCgroup.create("trace");
        TestCgroup client = pod.child("client");
        BpfCollection first = names();
        BpfCollection second = names();
        Cgroup above = Cgroup.open(pod.path());
        Cgroup below = Cgroup.open(client.path());
        BpfLink _ = above.attach(second.program("peer" + version), asked);
        BpfLink _ = below.attach(first.program("peer" + version), asked);
        BpfLink _ = below.attach(first.program("own" + version), own)) {
      TracedPath path = TracedPath.to(mesh, server.address(), "--cgroup", client.path().toString());

      String peer = server.peer();
      assertThat(path.only("client"))
          .containsEntry("local", plus(peer, 1))
          .containsEntry("peer", plus(server.address(), 2));
      List<Map<String, String>> shown = path.all("name-program");
      assertThat(shown)
          .hasSize(3)
          .allSatisfy(hop -> assertThat(hop).containsEntry("evidence", "event"));
      assertShown(shown.get(0), own, first.program("own" + version), peer);
      assertShown(shown.get(1), asked, first.program("peer" + version), server.address());
      assertShown(shown.get(2), asked, second.program("peer" + version), plus(server.address(), 1));
      assertThat(path.only("server"))
          .containsEntry("local", server.address())
          .containsEntry("peer", peer);
      assertThat(below.hook(asked).attached().ids()).hasSize(1);
      assertThat(above.hook(asked).attached().ids()).hasSize(1);
    }
  }

  private static void assertShown(
      Map<String, String> hop, AttachType hook, BpfProgram program, String before)
      throws IOException {
    assertThat(hop)
        .containsEntry("hook", hook.section())
        .containsEntry("program", program.info().name() + " (program " + program.info().id() + ")")
        .containsEntry("before_address", before)
        .containsEntry("after_address", plus(before, 1));
  }

  private static BpfCollection names() throws IOException {
    return BpfCollection.load(BpfObjectFiles.parse("names"), LoadOptions.everything());
  }

  private static String plus(String address, int ports) {
    int colon = address.lastIndexOf(':') + 1;
    return address.substring(0, colon) + (Integer.parseInt(address.substring(colon)) + ports);
  }

  @Test
  void saysThatNothingCanStandBesideAnExclusiveProgram() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4);
        TestCgroup pod = TestCgroup.create("trace");
        BpfCollection theirs = rewriting(SERVICE, server.address());
        Cgroup cgroup = Cgroup.open(pod.path())) {
      cgroup.hook(HOOK).attach(theirs.program("rewrite"), Sharing.EXCLUSIVE);

      TracedPath path = TracedPath.to(mesh, SERVICE, "--cgroup", pod.path().toString());

      assertThat(path.all("program")).isEmpty();
      assertThat(path.all("unknown"))
          .anySatisfy(
              hop -> {
                assertThat(hop)
                    .containsEntry("evidence", "not-observed")
                    .containsEntry("why", "it is attached in a way that lets no observer in");
                assertThat(hop.get("subject")).contains(name(theirs), pod.path().toString());
              });
      // That it ran, and what came of it, shows all the same.
      assertThat(path.all("program-runs"))
          .anySatisfy(
              hop ->
                  assertThat(hop)
                      .containsEntry("hook", "cgroup/connect4")
                      .containsEntry("program", "rewrite")
                      .containsEntry("order", "1")
                      .containsEntry("owner", "unknown")
                      .containsEntry("runs", "1"));
      assertThat(path.all("packet").getFirst()).containsEntry("destination", server.address());
    }
  }

  /** The one that runs after it runs all the same, and refuses nothing itself. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void namesTheProgramThatRefuses(Family family) throws Exception {
    boolean v4 = family == Family.IPV4;
    String dialled = Family.endpoint(Party.SERVER.address(family), 80);
    AttachType hook = v4 ? HOOK : AttachType.CGROUP_INET6_CONNECT;
    try (Mesh mesh = Mesh.build();
        TestCgroup pod = TestCgroup.create("trace");
        TestCgroup client = pod.child("client");
        BpfCollection refusing = foreign(v4 ? "refuse4" : "refuse6", dialled, dialled);
        BpfCollection idle =
            v4
                ? rewriting("192.0.2.1:9", "192.0.2.2:9")
                : foreign("rewrite6", "[2001:db8::1]:9", "[2001:db8::2]:9");
        Cgroup above = Cgroup.open(pod.path());
        Cgroup own = Cgroup.open(client.path());
        BpfLink _ = above.attach(idle.program(v4 ? "rewrite" : "rewrite6"), hook);
        BpfLink _ = own.attach(refusing.program(v4 ? "refuse4" : "refuse6"), hook)) {
      TracedPath path = TracedPath.to(mesh, dialled, "--cgroup", client.path().toString());

      List<Map<String, String>> programs = path.all("program");
      assertThat(programs).hasSize(2);
      assertThat(programs.get(0).get("program")).startsWith("refuse");
      assertThat(programs.get(0))
          .containsEntry("before_destination", dialled)
          .containsEntry("refused", "EPERM (1)");
      assertThat(programs.get(1)).doesNotContainKey("refused");
      assertThat(path.only("connected"))
          .containsEntry("connected", "false")
          .containsEntry("outcome", "EPERM (1)");
      assertThat(path.all("packet")).isEmpty();
      assertThat(path.all("unknown")).isEmpty();
    }
  }

  /** As for IPv4: the address is four words there, and each counts. */
  @Test
  void showsWhatAProgramOnConnect6Changed() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV6);
        TestCgroup pod = TestCgroup.create("trace");
        BpfCollection theirs = foreign("rewrite6", "[fd00:10:96::99]:80", server.address());
        Cgroup own = Cgroup.open(pod.path());
        BpfLink _ = own.attach(theirs.program("rewrite6"), AttachType.CGROUP_INET6_CONNECT)) {
      TracedPath path =
          TracedPath.to(mesh, "[fd00:10:96::99]:80", "--cgroup", pod.path().toString());

      assertThat(path.only("program"))
          .containsEntry("hook", "cgroup/connect6")
          .containsEntry(
              "program", "rewrite6 (program " + theirs.program("rewrite6").info().id() + ")")
          .containsEntry("before_destination", "[fd00:10:96::99]:80")
          .containsEntry("after_destination", server.address())
          .containsEntry("evidence", "event");
      assertThat(path.all("packet").getFirst()).containsEntry("destination", server.address());
      assertThat(path.only("server"))
          .containsEntry("local", server.address())
          .containsEntry("peer", server.peer());
    }
  }

  @Test
  void detachesItsObserversEvenWhenItIsKilled() throws Exception {
    try (Mesh mesh = Mesh.build();
        TestCgroup pod = TestCgroup.create("trace");
        BpfCollection theirs = rewriting(SERVICE, SECOND);
        Cgroup cgroup = Cgroup.open(pod.path());
        BpfLink _ = cgroup.attach(theirs.program("rewrite"), HOOK)) {
      // Nobody has that address: connect is under way until it is killed.
      LabProcess trace =
          mesh.start(
              Party.CLIENT,
              RunAs.ROOT,
              List.of(
                  mesh.launcher(),
                  "trace",
                  "--to",
                  "10.7.1.77:80",
                  "--limit",
                  "30s",
                  "--cgroup",
                  pod.path().toString()));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> cgroup.hook(HOOK).attached().ids().size() > 1);

      Command.of("kill", "-KILL", Long.toString(trace.pid())).runOrThrow();

      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> cgroup.hook(HOOK).attached().ids().size() == 1);
    }
  }

  @Test
  void attachesNothingWhereNobodyHas() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV6);
        TestCgroup pod = TestCgroup.create("trace")) {
      TracedPath path = TracedPath.to(mesh, server.address(), "--cgroup", pod.path().toString());

      assertThat(path.all("program")).isEmpty();
      assertThat(path.all("unknown")).isEmpty();
      assertThat(path.only("server")).containsEntry("peer", server.peer());
    }
  }

  /** Nobody else's sockets are in that cgroup: each ran once. */
  private static void assertRuns(TracedPath path, List<BpfCollection> programs) throws IOException {
    List<Map<String, String>> runs =
        path.all("program-runs").stream()
            .filter(hop -> HOOK.section().equals(hop.get("hook")))
            .toList();
    assertThat(runs).hasSize(programs.size());
    for (int i = 0; i < programs.size(); i++) {
      assertThat(runs.get(i))
          .containsEntry("order", Integer.toString(i + 1))
          .containsEntry(
              "program_id", Integer.toString(programs.get(i).program("rewrite").info().id()))
          .containsEntry("runs", "1");
    }
  }

  private static void assertHop(
      Map<String, String> hop, BpfCollection program, String before, String after)
      throws IOException {
    assertThat(hop)
        .containsEntry("program", name(program))
        .containsEntry("before_destination", before)
        .containsEntry("after_destination", after);
  }

  private static String name(BpfCollection loaded) throws IOException {
    return "rewrite (program " + loaded.program("rewrite").info().id() + ")";
  }

  private static BpfCollection rewriting(String from, String to) throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("connect4");
    set(spec, "from", from);
    set(spec, "to", to);
    return BpfCollection.load(spec, LoadOptions.everything());
  }

  private static BpfCollection foreign(String program, String from, String to) throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("foreign");
    if (program.equals("rewrite6")) {
      set(spec, "from", from);
      set(spec, "to", to);
    }
    return BpfCollection.load(spec, LoadOptions.everything().withPrograms(Set.of(program)));
  }

  private static void set(CollectionSpec spec, String end, String address) throws IOException {
    int colon = address.lastIndexOf(':');
    spec.rodata()
        .set(
            end + "_address",
            InetAddress.ofLiteral(address.substring(0, colon).replaceAll("[\\[\\]]", ""))
                .getAddress());
    short port = (short) Integer.parseInt(address.substring(colon + 1));
    spec.rodata().set(end + "_port", Short.toUnsignedInt(Short.reverseBytes(port)));
  }
}
