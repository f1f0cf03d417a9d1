// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.fault.InterruptedCommand;
import dev.sluice.it.fault.KernelState;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Switching on that fails or is killed half-way, or that this kernel can't do. */
@Timeout(1800)
final class SwitchingIT {
  private static final String HIDE_TYPES = "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"";

  private final TestBpfFileSystem bpfFileSystem = TestBpfFileSystem.mount();
  private final TestCgroup cgroup = TestCgroup.create("switching");

  SwitchingIT() throws IOException {}

  @AfterEach
  void remove() throws Exception {
    bpfFileSystem.close();
    cgroup.close();
  }

  @Test
  void isCompletedByTheNextRunWhereverItWasKilled() throws IOException {
    switchOn().isCompletedByTheNextRun();
  }

  @Test
  void leavesNothingWhereverACallFails() throws IOException {
    switchOn().leavesWhatWasThereWhenRefused();
  }

  @Test
  void saysSoWhenTheKernelHasNoTypes() throws Exception {
    KernelState before = KernelState.of(cgroup.path(), bpfFileSystem.path());
    CommandResult refused =
        Command.of(
                "unshare",
                "--mount",
                "--",
                "bash",
                "-c",
                HIDE_TYPES,
                "hidden",
                Checkout.script("sluice"),
                "service-ip",
                "on",
                "--cgroup",
                cgroup.path().toString(),
                "--bpf-fs",
                bpfFileSystem.path().toString())
            .run();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines())
        .hasSize(1)
        .first()
        .asString()
        .contains("this kernel has no type information");
    assertThat(KernelState.of(cgroup.path(), bpfFileSystem.path())).isEqualTo(before);
  }

  private InterruptedCommand switchOn() {
    return InterruptedCommand.of(
        bpfFileSystem, cgroup.path(), "service-ip", "on", "--cgroup", cgroup.path().toString());
  }
}
