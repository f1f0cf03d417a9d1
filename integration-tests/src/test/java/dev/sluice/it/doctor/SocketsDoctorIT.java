// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.doctor.Facts;
import dev.sluice.doctor.Fault;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Mode;
import dev.sluice.doctor.Sight;
import dev.sluice.doctor.Subject;
import dev.sluice.it.bpf.BpfObjectFiles;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.CgroupHook.Sharing;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.socketlb.CapturePlace;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs on sockets that are missing, foreign, in the wrong order or in the wrong place. */
final class SocketsDoctorIT {
  private static final AttachType HOOK = AttachType.CGROUP_INET4_CONNECT;
  private static final String SERVICE = "10.96.0.77";
  private static final String BACKEND = "192.0.2.77";
  private static final int PORT = 80;

  private final Patient pod = Patient.admit();
  private final BpfCollection theirs = BpfCollection.load(rewriting(), LoadOptions.everything());

  SocketsDoctorIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    theirs.close();
    pod.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Sharing.class,
      names = {"EXCLUSIVE", "OVERRIDE"})
  void namesWhoLetsNobodyIn(Sharing sharing) throws IOException {
    assertThat(pod.examine(Mode.SOCKET)).isEmpty();
    try (Cgroup above = Cgroup.open(pod.cgroup())) {
      above.hook(HOOK).attach(rewriter(), sharing);
    }

    List<Finding> found = pod.examine(Mode.SOCKET);
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.EXCLUSIVE_ATTACHMENT);
    assertThat(found.getFirst().what()).startsWith("rewrite (id " + rewriter().info().id());
    pod.isCuredBy(Patient.commandOf(found.getFirst()), Mode.SOCKET);
  }

  @Test
  void provesWhatAProxySeesBehindSomebodyElsesRewriter() throws IOException {
    pod.init();
    pod.startProxy("REDIRECT");
    try (Cgroup above = Cgroup.open(pod.cgroup());
        BpfLink _ = above.attach(rewriter(), HOOK)) {
      List<Finding> found = dialService();
      assertThat(found).extracting(Finding::fault).containsExactly(Fault.DESTINATION_LOST);
      assertThat(found.getFirst().what()).contains(SERVICE + ":80").contains(BACKEND + ":80");

      pod.shell(Patient.commandOf(found.getFirst()));
      assertThat(dialService()).isEmpty();
    }
  }

  @Test
  void namesWhatRewritesBeforeTheRecorder() throws IOException {
    pod.init();
    pod.startProxy("REDIRECT");
    pod.shell("sluice service-ip on --cgroup " + pod.applicationCgroup() + pins());
    assertThat(dialService()).isEmpty();
    try (Cgroup above = Cgroup.open(pod.cgroup());
        BpfLink _ = above.attach(rewriter(), HOOK, AttachOrder.unspecified().beforeChildren())) {
      List<Finding> found = dialService();
      assertThat(found)
          .extracting(Finding::fault)
          .containsExactly(Fault.REWRITTEN_BEFORE, Fault.DESTINATION_LOST);
      assertThat(found.getFirst().what()).startsWith("rewrite (id " + rewriter().info().id());

      pod.shell(Patient.commandOf(found.getFirst()));
      assertThat(dialService()).isEmpty();
    }
  }

  @Test
  void attachesWhatWasDetached() throws IOException {
    pod.shell("sluice service-ip on --cgroup " + pod.cgroup() + pins());
    assertThat(pod.examine()).isEmpty();
    Path links = features("service-ip").resolve("links");
    pod.shell("bpftool link detach pinned $(ls -d " + links + "/* | head -1)");

    pod.isCuredBy(pod.fixOf(Fault.FEATURE_BROKEN));
  }

  @Test
  void movesAFeatureToThePodsCgroup() throws IOException {
    pod.shell("sluice service-ip on --cgroup " + pod.proxyCgroup() + pins());

    pod.isCuredBy(pod.fixOf(Fault.WRONG_CGROUP, Mode.SERVICE_IP), Mode.SERVICE_IP);
  }

  @Test
  void startsTheDeadProxyOfACapturedPod() throws IOException {
    capture(pod.cgroup(), pod.proxyCgroup());
    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.PROXY_DEAD);
    assertThat(Patient.examine(cgroupAlone()))
        .filteredOn(each -> each.fault() == Fault.PROXY_DEAD)
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.fix()).isInstanceOf(Finding.Fix.Ask.class);
              assertThat(each.fix().text()).contains("--netns of the pod");
            });

    pod.isCuredBy(Patient.commandOf(found.getFirst()));
    List<Sight> seen = Facts.gather(pod.subject(), Patient::abilities).proof();
    assertThat(seen).hasSize(2).allMatch(Sight::isRight);
  }

  @Test
  void noticesProcessesThatCaptureDoesNotHold() throws IOException {
    Path inner = Files.createDirectory(pod.proxyCgroup().resolve("inner"));
    try {
      pod.shell(
          "sluice capture on --patience 20s -d 7001 -x 192.0.2.0/24 -o 9999 --on-proxy-death open"
              + " --cgroup %s --proxy-cgroup %s --netns %s%s"
                  .formatted(pod.proxyCgroup(), inner, pod.namespace(), pins()));
      pod.start(
          "sh -c 'echo $$ > %s/cgroup.procs; exec nsenter --net=%s -- sh -c \"echo ready; sleep 600\"'"
              .formatted(pod.applicationCgroup(), pod.namespace()),
          "ready");
      Process proxy =
          pod.start(
              "sh -c 'echo $$ > %s/cgroup.procs && exec nsenter --net=%s -- sluice proxy --interception-mode SOCKET --capture-cgroup %s%s'"
                  .formatted(inner, pod.namespace(), pod.proxyCgroup(), pins()),
              "listening");

      List<Finding> found = pod.examine();
      assertThat(found).extracting(Finding::fault).containsExactly(Fault.WRONG_CGROUP);
      assertThat(found.getFirst().what()).contains(pod.applicationCgroup().toString());

      pod.shell(Patient.commandOf(found.getFirst()));
      assertThat(CapturePlace.of(InstalledFeature.all(pod.bpfFileSystem()).getFirst()))
          .hasValueSatisfying(
              place ->
                  assertThat(String.join(" ", place.words()))
                      .isEqualTo(
                          "-d 7001 -x 192.0.2.0/24 -o 9999 --on-proxy-death open --patience"
                              + " 20000ms"));
      // What was made for the former place is gone, and the proxy has to be started again.
      Patient.end(proxy);
      pod.isCuredBy(pod.fixOf(Fault.PROXY_DEAD));
    } finally {
      pod.endAll();
      Files.delete(inner);
    }
  }

  private void capture(Path cgroup, Path proxy) throws IOException {
    pod.shell(
        "sluice capture on --patience 20s --cgroup %s --proxy-cgroup %s --netns %s%s"
            .formatted(cgroup, proxy, pod.namespace(), pins()));
  }

  private List<Finding> dialService() throws IOException {
    return Patient.examine(serviceSubject());
  }

  /** Who holds the proxy's ports in the namespace of this process is nobody of the pod. */
  private Subject cgroupAlone() {
    return new Subject(
        Optional.empty(),
        Optional.of(pod.applicationCgroup()),
        Optional.of(pod.bpfFileSystem()),
        Set.of(),
        Optional.empty());
  }

  private Subject serviceSubject() {
    return new Subject(
        Optional.of(pod.namespace()),
        Optional.of(pod.applicationCgroup()),
        Optional.of(pod.bpfFileSystem()),
        Set.of(),
        Optional.of(new InetSocketAddress(InetAddress.ofLiteral(SERVICE), PORT)));
  }

  private String pins() {
    return " --bpf-fs " + pod.bpfFileSystem();
  }

  private Path features(String word) throws IOException {
    try (var all = Files.list(pod.bpfFileSystem().resolve("sluice"))) {
      return all.filter(each -> each.getFileName().toString().startsWith(word))
          .findFirst()
          .orElseThrow();
    }
  }

  private BpfProgram rewriter() {
    return theirs.program("rewrite");
  }

  private static CollectionSpec rewriting() throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("connect4");
    spec.rodata().set("from_address", InetAddress.ofLiteral(SERVICE).getAddress());
    spec.rodata().set("from_port", swapped(PORT));
    spec.rodata().set("to_address", InetAddress.ofLiteral(BACKEND).getAddress());
    spec.rodata().set("to_port", swapped(PORT));
    return spec;
  }

  private static int swapped(int port) {
    return Short.toUnsignedInt(Short.reverseBytes((short) port));
  }
}
