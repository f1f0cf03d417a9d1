// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.it.bpf.BpfObjectFiles;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Family;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.CgroupHook.Sharing;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.socketlb.FeatureStatus;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Somebody else's program rewrites the address, wherever it is attached. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OtherRewriterIT {
  private static final AttachType HOOK = AttachType.CGROUP_INET4_CONNECT;
  private static final String BACKEND = Services.backend(Family.IPV4, 0, 0);

  private final MeshedPod pod = MeshedPod.build();
  private final LabProcess asker = pod.startAsker();
  private final BpfCollection theirs = BpfCollection.load(rewriting(), LoadOptions.everything());

  OtherRewriterIT() throws Exception {}

  @AfterEach
  void uninstall() throws Exception {
    pod.uninstall();
  }

  @AfterAll
  void close() throws Exception {
    theirs.close();
    asker.close();
    pod.close();
  }

  @Test
  void givesTheServiceIpBackBelowIt() throws Exception {
    try (Cgroup parent = Cgroup.open(pod.parent());
        BpfLink _ = parent.attach(rewriter(), HOOK)) {
      assertThat(answer()).isEqualTo(BACKEND + ":" + Services.BACKEND_PORT);
      pod.giveServiceIpBack();
      assertThat(answer()).isEqualTo(Form.IPV4.text(0));
    }
  }

  @Test
  void givesTheServiceIpBackWhenItWasOnTheSameCgroupBefore() throws Exception {
    try (Cgroup cgroup = Cgroup.open(pod.cgroup());
        BpfLink _ = cgroup.attach(rewriter(), HOOK)) {
      pod.giveServiceIpBack();
      assertThat(answer()).isEqualTo(Form.IPV4.text(0));
    }
  }

  @Test
  void givesTheServiceIpBackWhenItComesToTheSameCgroupLater() throws Exception {
    pod.giveServiceIpBack();
    try (Cgroup cgroup = Cgroup.open(pod.cgroup());
        BpfLink _ = cgroup.attach(rewriter(), HOOK, AttachOrder.first())) {
      assertThat(answer()).isEqualTo(Form.IPV4.text(0));
    }
  }

  @Test
  void givesTheServiceIpBackNextToOurOwnLoadBalancer() throws Exception {
    pod.balance(pod.cgroup());
    pod.giveServiceIpBack();
    assertThat(answer()).isEqualTo(Form.IPV4.text(0));
  }

  @Test
  void saysWhyItCantBesideAnExclusiveAttachment() throws Exception {
    refuses(pod.cgroup(), Sharing.EXCLUSIVE, "the same cgroup in the old way that lets nobody in");
  }

  @Test
  void saysWhyItCantBelowAnExclusiveAttachment() throws Exception {
    refuses(pod.parent(), Sharing.EXCLUSIVE, "in the old way that lets nobody in");
  }

  @Test
  void switchesOffNoProgramThatGivesWayToOnesBelow() throws Exception {
    refuses(pod.parent(), Sharing.OVERRIDE, "in the old way that a program below switches off");
  }

  @Test
  void saysWhatRunsBeforeAndCantBePreceded() throws Exception {
    try (Cgroup parent = Cgroup.open(pod.parent());
        BpfLink _ = parent.attach(rewriter(), HOOK, AttachOrder.unspecified().beforeChildren())) {
      assertThatThrownBy(pod::giveServiceIpBack)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cgroup/connect4: rewrite (" + rewriter().info().id() + ") first");
      assertThat(InstalledFeature.all(pod.bpfFileSystem())).isEmpty();
    }
  }

  @Test
  void showsInTheStatusThatSomethingHasComeBefore() throws Exception {
    pod.giveServiceIpBack();
    assertThat(FeatureStatus.of(pod.serviceIp()).detail().orElseThrow()).doesNotContain("TOO LATE");
    try (Cgroup parent = Cgroup.open(pod.parent());
        BpfLink _ = parent.attach(rewriter(), HOOK, AttachOrder.unspecified().beforeChildren())) {
      assertThat(FeatureStatus.of(pod.serviceIp()).detail().orElseThrow())
          .contains("TOO LATE: cgroup/connect4: rewrite (" + rewriter().info().id() + ") first");
      assertThat(answer()).as("it is so").isNotEqualTo(Form.IPV4.text(0));
    }
  }

  private void refuses(Path where, Sharing sharing, String why) throws Exception {
    try (Cgroup cgroup = Cgroup.open(where)) {
      cgroup.hook(HOOK).attach(rewriter(), sharing);
      try {
        assertThatThrownBy(pod::giveServiceIpBack)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("rewrite (" + rewriter().info().id() + ")")
            .hasMessageContaining(why);
        assertThat(InstalledFeature.all(pod.bpfFileSystem())).isEmpty();
        assertThat(answer()).isEqualTo(BACKEND + ":" + Services.BACKEND_PORT);
      } finally {
        cgroup.hook(HOOK).detach(rewriter());
      }
    }
  }

  private BpfProgram rewriter() {
    return theirs.program("rewrite");
  }

  /** What a proxy in the pod is told when a client there dials the service. */
  private String answer() throws IOException {
    return pod.client("plain", "1", Form.IPV4.argument(0)).getFirst().getOrDefault("orig", "none");
  }

  private static CollectionSpec rewriting() throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("connect4");
    spec.rodata()
        .set("from_address", InetAddress.ofLiteral(Services.ip(Family.IPV4, 0)).getAddress());
    spec.rodata().set("from_port", swapped(Services.PORT));
    spec.rodata().set("to_address", InetAddress.ofLiteral(BACKEND).getAddress());
    spec.rodata().set("to_port", swapped(Services.BACKEND_PORT));
    return spec;
  }

  private static int swapped(int port) {
    return Short.toUnsignedInt(Short.reverseBytes((short) port));
  }
}
