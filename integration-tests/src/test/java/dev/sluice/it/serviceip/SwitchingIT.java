// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Switching on that fails or is killed half-way, or that this kernel can't do. */
final class SwitchingIT {
  private static final String HIDE_TYPES = "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"";

  private final TestBpfFileSystem bpfFileSystem = TestBpfFileSystem.mount();
  private final TestCgroup cgroup = TestCgroup.create("switching");

  SwitchingIT() throws IOException {}

  @AfterEach
  void remove() throws Exception {
    uninstall();
    bpfFileSystem.close();
    cgroup.close();
  }

  /** A call of bpf(2) by its number; there are some sixty. */
  @ParameterizedTest
  @ValueSource(ints = {3, 25, 41, 50, 59})
  void isCompletedByTheNextRunWhenKilled(int call) throws Exception {
    List<String> nothing = state();
    switchOn().runOrThrow();
    List<String> whole = state();
    uninstall();
    awaitState(nothing);

    assertThat(switchOn(injecting("signal=KILL:when=" + call)).run().succeeded()).isFalse();
    switchOn().runOrThrow();
    assertThat(state()).isEqualTo(whole).hasSizeGreaterThan(nothing.size());
    uninstall();
    awaitState(nothing);
  }

  @ParameterizedTest
  @ValueSource(ints = {26, 48, 58})
  void leavesNothingWhenTheKernelRefuses(int call) throws Exception {
    List<String> before = state();
    CommandResult refused = switchOn(injecting("error=ENOMEM:when=" + call)).run();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines()).hasSize(1).first().asString().contains("ENOMEM");
    awaitState(before);
  }

  @Test
  void saysSoWhenTheKernelHasNoTypes() throws Exception {
    List<String> before = state();
    CommandResult refused =
        switchOn("unshare", "--mount", "--", "bash", "-c", HIDE_TYPES, "hidden").run();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines())
        .hasSize(1)
        .first()
        .asString()
        .contains("this kernel has no type information");
    awaitState(before);
  }

  /** The kernel detaches a link whose pin was removed from a work queue, a moment later. */
  private void awaitState(List<String> expected) {
    await().untilAsserted(() -> assertThat(state()).isEqualTo(expected));
  }

  private static String[] injecting(String fault) {
    return new String[] {
      "strace", "-f", "-o", "/dev/null", "-e", "trace=bpf", "-e", "inject=bpf:" + fault
    };
  }

  private Command switchOn(String... before) {
    List<String> words = new ArrayList<>(List.of(before));
    words.addAll(List.of(Checkout.script("sluice"), "service-ip", "on"));
    words.addAll(List.of("--cgroup", cgroup.path().toString()));
    words.addAll(List.of("--bpf-fs", bpfFileSystem.path().toString()));
    return Command.of(words.toArray(String[]::new));
  }

  private void uninstall() throws IOException {
    Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", bpfFileSystem.path().toString())
        .runOrThrow();
  }

  /** Every pin, and every program on a hook of ours. */
  private List<String> state() throws IOException {
    List<String> state = new ArrayList<>();
    try (Stream<Path> pins = Files.walk(bpfFileSystem.path())) {
      pins.map(Path::toString).sorted().forEach(state::add);
    }
    try (Cgroup opened = Cgroup.open(cgroup.path())) {
      for (AttachType hook : AttachType.values()) {
        if (hook.isCgroup()) {
          for (int id : opened.hook(hook).attached().ids()) {
            try (BpfProgram program = BpfProgram.openById(id)) {
              state.add(hook.section() + ": " + program.name());
            }
          }
        }
      }
    }
    return state;
  }
}
