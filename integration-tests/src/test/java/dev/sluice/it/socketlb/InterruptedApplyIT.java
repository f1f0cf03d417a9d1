// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.fault.InterruptedCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice lb apply}, killed at its Nth bpf(2) or refused by it. */
@Timeout(1800)
class InterruptedApplyIT {
  @TempDir private Path folder;
  private TestBpfFileSystem bpf;
  private TestCgroup cgroup;

  @BeforeEach
  void open() throws IOException {
    bpf = TestBpfFileSystem.mount();
    cgroup = TestCgroup.create("interrupted-apply");
  }

  @AfterEach
  void close() throws IOException {
    bpf.close();
    cgroup.close();
  }

  @Test
  void isCompletedByTheNextRunWhereverItWasKilled() throws IOException {
    apply("10.96.0.10", "10.244.1.5").isCompletedByTheNextRun();
  }

  @Test
  void isCompletedByTheNextRunWhereverAChangeWasKilled() throws IOException {
    change().isCompletedByTheNextRun();
  }

  @Test
  void leavesNothingWhereverACallFails() throws IOException {
    apply("10.96.0.10", "10.244.1.5").leavesWhatWasThereWhenRefused();
  }

  @Test
  void leavesTheTableInForceWhereverACallFails() throws IOException {
    change().leavesWhatWasThereWhenRefused();
  }

  private InterruptedCommand change() throws IOException {
    return apply("fd00:10:96::11", "fd00:10:244::6").after(words("10.96.0.10", "10.244.1.5"));
  }

  private InterruptedCommand apply(String service, String backend) throws IOException {
    return InterruptedCommand.of(bpf, cgroup.path(), words(service, backend));
  }

  private String[] words(String service, String backend) throws IOException {
    Path file = folder.resolve(service.replace(':', '-') + ".yaml");
    Files.writeString(file, ServiceYaml.web(service, backend));
    return new String[] {"lb", "apply", "-f", "" + file, "--cgroup", "" + cgroup.path()};
  }
}
