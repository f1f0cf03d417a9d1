// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.fault.InterruptedCommand;
import dev.sluice.process.Command;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code sluice capture on}, killed at any of its calls of bpf(2) or refused by it. */
@Timeout(1200)
final class InterruptedCaptureIT {
  private final String namespace = "slt-capture-kill-" + ProcessHandle.current().pid();
  private TestBpfFileSystem bpf;
  private TestCgroup pod;
  private TestCgroup proxy;

  @BeforeEach
  void open() throws IOException {
    bpf = TestBpfFileSystem.mount();
    pod = TestCgroup.create("capture-kill");
    proxy = pod.child("proxy");
    Command.of("ip", "netns", "add", namespace).runOrThrow();
  }

  @AfterEach
  void close() throws IOException {
    Command.of("ip", "netns", "delete", namespace).runOrThrow();
    bpf.close();
    proxy.close();
    pod.close();
  }

  @Test
  void isCompletedByTheNextRunWhereverItWasKilled() throws IOException {
    InterruptedCommand.of(bpf, pod.path(), command()).isCompletedByTheNextRun();
  }

  @Test
  void leavesNothingWhereverACallIsRefused() throws IOException {
    InterruptedCommand.of(bpf, pod.path(), command()).leavesWhatWasThereWhenRefused();
  }

  @Test
  void leavesTheOptionsInForceWhereverACallIsRefused() throws IOException {
    String[] other = {"-b", "8080", "-i", "10.0.0.0/8,fd00::/8", "-q", "443", "-o", "22"};
    InterruptedCommand.of(bpf, pod.path(), command("-x", "10.9.0.0/16", "-o", "25", "-d", "80"))
        .after(command(other))
        .leavesWhatWasThereWhenRefused();
  }

  private String[] command(String... options) {
    List<String> words =
        List.of(
            "capture",
            "on",
            "--cgroup",
            pod.path().toString(),
            "--proxy-cgroup",
            proxy.path().toString(),
            "--netns",
            namespace);
    return Stream.concat(words.stream(), Stream.of(options)).toArray(String[]::new);
  }
}
