// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.CgroupHook;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.spec.AttachType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BpfLinkIT {
  private static final AttachType CONNECT4 = AttachType.CGROUP_INET4_CONNECT;

  private TestCgroup folder;
  private Cgroup cgroup;
  private BpfCollection one;
  private BpfCollection two;

  @BeforeEach
  void open() throws IOException {
    one = BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything());
    two = BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything());
    // Last, since nothing would remove it if a load failed.
    folder = TestCgroup.create("link");
    cgroup = Cgroup.open(folder.path());
  }

  @AfterEach
  void close() throws IOException {
    two.close();
    one.close();
    cgroup.close();
    folder.close();
  }

  @Test
  void replacesAProgramAtOneStroke() throws Exception {
    try (BpfLink link = cgroup.attach(first(), CONNECT4)) {
      int id = link.info().id();
      link.update(second());
      assertThat(link.info().programId()).isEqualTo(second().info().id());
      assertThat(link.info().id()).isEqualTo(id);
      assertThat(attached().ids()).containsExactly(second().info().id());
    }
    assertThat(attached().ids()).isEmpty();
  }

  @Test
  void replacesOnlyTheProgramThatIsExpected() throws Exception {
    try (BpfLink link = cgroup.attach(first(), CONNECT4)) {
      assertThatThrownBy(() -> link.update(second(), second()))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("somebody else has replaced it");
      assertThat(attached().ids()).containsExactly(first().info().id());
      link.update(second(), first());
      assertThat(attached().ids()).containsExactly(second().info().id());
    }
  }

  @Test
  void staysAttachedWhileItIsPinned() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      Path pin = pins.path().resolve("link");
      try (BpfLink link = cgroup.attach(first(), CONNECT4)) {
        link.pin(pin);
      }
      assertThat(attached().ids()).containsExactly(first().info().id());
      try (BpfLink again = BpfLink.openPinned(pin)) {
        assertThat(again.info().programId()).isEqualTo(first().info().id());
        assertThat(ObjectIds.links()).contains(again.info().id());
        again.detach();
        assertThat(attached().ids()).isEmpty();
        assertThat(again.info().isDefunct()).isTrue();
        assertThatThrownBy(() -> again.update(second()))
            .isInstanceOf(SyscallException.class)
            .hasMessageContaining("ENOLINK (67): what the link was attached to is gone");
      }
    }
  }

  @Test
  void saysThatAPinIsNoLink() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      Path pin = pins.path().resolve("map");
      one.map("connects").pin(pin);
      assertThatThrownBy(() -> BpfLink.openPinned(pin).close())
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("link " + pin);
      assertThatThrownBy(() -> one.map("connects").pin(pin))
          .hasMessageContaining("EEXIST")
          .hasMessageContaining(pin.toString());
      assertThatThrownBy(() -> BpfLink.openPinned(pins.path().resolve("none")).close())
          .hasMessageContaining("ENOENT");
      assertThatThrownBy(() -> one.map("connects").pin(Path.of("/tmp/nowhere")))
          .hasMessageContaining("expected a path inside a mounted bpf file system");
    }
  }

  @Test
  void runsInTheOrderThatIsAskedFor() throws Exception {
    try (BpfCollection three =
            BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything());
        BpfLink a = cgroup.attach(first(), CONNECT4);
        BpfLink b = cgroup.attach(second(), CONNECT4, AttachOrder.first());
        BpfLink c = cgroup.attach(three.program("rewrite"), CONNECT4, AttachOrder.after(b))) {
      assertThat(attached().ids())
          .containsExactly(b.info().programId(), c.info().programId(), a.info().programId());
      assertThat(attached().revision()).isPositive();
    }
    try (BpfLink a = cgroup.attach(first(), CONNECT4, AttachOrder.last());
        BpfLink b = cgroup.attach(second(), CONNECT4, AttachOrder.before(a))) {
      assertThat(attached().ids()).containsExactly(b.info().programId(), a.info().programId());
    }
  }

  @Test
  void runsFirstBesideAProgramWithoutALink() throws Exception {
    CgroupHook hook = cgroup.hook(CONNECT4);
    hook.attach(first(), CgroupHook.Sharing.MULTIPLE);
    try (BpfLink before = cgroup.attach(second(), CONNECT4, AttachOrder.first())) {
      assertThat(attached().ids()).containsExactly(before.info().programId(), first().info().id());
    } finally {
      hook.detach(first());
    }
  }

  @Test
  void runsBeforeChildrenWhenAsked() throws Exception {
    try (TestCgroup childFolder = folder.child("child");
        Cgroup child = Cgroup.open(childFolder.path());
        BpfLink below = child.attach(first(), CONNECT4)) {
      try (BpfLink above = cgroup.attach(second(), CONNECT4)) {
        assertThat(child.hook(CONNECT4).effective().ids())
            .containsSubsequence(below.info().programId(), above.info().programId());
      }
      try (BpfLink above =
          cgroup.attach(second(), CONNECT4, AttachOrder.unspecified().beforeChildren())) {
        assertThat(child.hook(CONNECT4).effective().ids())
            .containsSubsequence(above.info().programId(), below.info().programId());
      }
    }
  }

  @Test
  void saysThatSomebodyElseIsThereExclusively() throws Exception {
    CgroupHook hook = cgroup.hook(CONNECT4);
    hook.attach(first(), CgroupHook.Sharing.EXCLUSIVE);
    try {
      assertThat(hook.attached().isExclusive()).isTrue();
      assertThatThrownBy(() -> cgroup.attach(second(), CONNECT4).close())
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.EPERM)).isTrue())
          .hasMessageContaining("without BPF_F_ALLOW_MULTI")
          .hasMessageContaining("excludes all others");
    } finally {
      hook.detach(first());
    }
    assertThat(attached().ids()).isEmpty();
    assertThatThrownBy(() -> hook.detach(first())).hasMessageContaining("ENOENT");
  }

  @Test
  void attachesBesideLinksWithoutALink() throws Exception {
    CgroupHook hook = cgroup.hook(CONNECT4);
    try (BpfLink link = cgroup.attach(first(), CONNECT4)) {
      hook.attach(second(), CgroupHook.Sharing.MULTIPLE);
      assertThat(hook.attached().allowsMore()).isTrue();
      assertThat(hook.attached().ids())
          .containsExactly(link.info().programId(), second().info().id());
      hook.detach(second());
      assertThat(hook.attached().ids()).containsExactly(link.info().programId());
    }
  }

  @Test
  void outlivesItsCgroupAsADefunctLink() throws Exception {
    try (BpfLink link = attachToCgroupThatGoes()) {
      assertThat(link.info().isDefunct()).isTrue();
    }
  }

  @Test
  void saysThatAFolderIsNoCgroup() throws Exception {
    try (Cgroup folderOnly = Cgroup.open(Path.of("/tmp"))) {
      assertThatThrownBy(() -> folderOnly.attach(first(), CONNECT4).close())
          .hasMessageContaining("cgroup /tmp")
          .hasMessageContaining("expected a folder of a cgroup v2 file system");
    }
    assertThatThrownBy(() -> Cgroup.open(Path.of("/nowhere")).close())
        .hasMessageContaining("open of cgroup /nowhere: ENOENT");
  }

  private BpfLink attachToCgroupThatGoes() throws IOException, InterruptedException {
    BpfLink link;
    try (TestCgroup gone = folder.child("gone");
        Cgroup opened = Cgroup.open(gone.path())) {
      link = opened.attach(first(), CONNECT4);
    }
    // The kernel detaches once it has freed the cgroup.
    for (int i = 0; i < 100 && !link.info().isDefunct(); i++) {
      Thread.sleep(50);
    }
    return link;
  }

  private BpfProgram first() {
    return one.program("rewrite");
  }

  private BpfProgram second() {
    return two.program("rewrite");
  }

  private AttachedPrograms attached() throws SyscallException {
    return cgroup.hook(CONNECT4).attached();
  }
}
