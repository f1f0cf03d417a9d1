// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that change the same pins at the same time. */
class ConcurrentCommandsIT {
  private static final int ROUNDS = 3;

  @TempDir private Path folder;
  private TestBpfFileSystem bpf;
  private TestCgroup cgroup;

  @BeforeEach
  void open() throws IOException {
    bpf = TestBpfFileSystem.mount();
    cgroup = TestCgroup.create("concurrent");
  }

  @AfterEach
  void close() throws IOException {
    bpf.close();
    cgroup.close();
  }

  @Test
  void takeTurns() throws Exception {
    List<Callable<CommandResult>> all = new ArrayList<>();
    for (String last : List.of("11", "12", "13")) {
      all.add(() -> sluice(apply("10.96.0." + last)));
    }
    all.add(() -> sluice("uninstall"));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        for (var result : threads.invokeAll(all)) {
          assertThat(result.get().succeeded()).as(result.get().errors()).isTrue();
        }
        CommandResult status = sluice("status");
        assertThat(status.exitCode()).as(status.output()).isZero();
        if (!status.output().contains("nothing of Sluice")) {
          assertThat(sluice("lb", "list").output().lines().filter(line -> line.contains("web")))
              .singleElement()
              .asString()
              .containsPattern("10\\.96\\.0\\.1[123]:80/TCP");
        }
      }
    }
  }

  @Test
  void doNotWaitForEver() throws Exception {
    try (Child holder =
        Child.start(
            Command.of("flock", bpf.path().toString(), "sh", "-c", "echo held; exec cat"),
            Path.of("/proc/self/ns/net"),
            "")) {
      holder.expectLine("held");
      CommandResult refused = sluice(apply("10.96.0.11"));
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.errors().lines())
          .singleElement()
          .asString()
          .startsWith("sluice lb apply: waiting to change what is pinned in " + bpf.path())
          .containsPattern("process \\d+ is changing it for more than 10 s; expected it to end");
      assertThat(bpf.path().resolve("sluice")).doesNotExist();
    }
    sluice(apply("10.96.0.11"));
    assertThat(bpf.path().resolve("sluice")).exists();
  }

  private String[] apply(String service) throws IOException {
    Path file = folder.resolve(service + ".yaml");
    Files.writeString(file, ServiceYaml.web(service, "10.244.1.5"));
    return new String[] {"lb", "apply", "-f", "" + file, "--cgroup", "" + cgroup.path()};
  }

  private CommandResult sluice(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(Checkout.script("sluice")));
    all.addAll(List.of(words));
    all.addAll(List.of("--bpf-fs", bpf.path().toString()));
    return Command.of(all.toArray(String[]::new)).run();
  }
}
