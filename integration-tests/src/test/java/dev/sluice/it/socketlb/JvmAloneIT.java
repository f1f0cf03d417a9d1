// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs get into the kernel by the JVM's own system calls, where no other tool is. */
class JvmAloneIT {
  /** In a mount namespace: nothing can be run or loaded from what /dev/null lies on. */
  private static final String HIDE =
      """
      find /usr/bin /usr/sbin /usr/local/bin /usr/lib -maxdepth 3 -xtype f \\
          \\( -name 'bpftool*' -o -name 'clang*' -o -name 'gcc*' -o -name '*-gcc*' -o -name 'cc1' \\
          -o -name 'llc*' -o -name 'libbpf*' \\) |
        while read -r file; do mount --bind /dev/null "$(readlink -f "$file")"; done
      for program in bpftool clang clang-14 gcc cc; do
        if $program --version 2>&-; then exit 99; fi
      done
      if python3 -c 'import ctypes; ctypes.CDLL("libbpf.so.1")' 2>&-; then exit 98; fi
      exec "$@"
      """;

  @TempDir private Path folder;

  @Test
  void loadsWithoutAnyOtherTool() throws IOException {
    Path trace = folder.resolve("trace");
    Path services = folder.resolve("services.yaml");
    Files.writeString(services, ServiceYaml.web("10.96.0.10", "10.244.1.5"));
    try (TestBpfFileSystem bpf = TestBpfFileSystem.mount();
        TestCgroup cgroup = TestCgroup.create("alone")) {
      assertThat(Command.of("bpftool", "cgroup", "show", "" + cgroup.path()).runOrThrow())
          .isEmpty();
      Command.of(
              "unshare",
              "--mount",
              "bash",
              "-e",
              "-c",
              HIDE,
              "hide",
              "strace",
              "-f",
              "-o",
              "" + trace,
              "-e",
              "bpf,execve",
              Checkout.script("sluice"),
              "lb",
              "apply",
              "-f",
              "" + services,
              "--cgroup",
              "" + cgroup.path(),
              "--bpf-fs",
              "" + bpf.path())
          .runOrThrow();
      assertThat(Command.of("bpftool", "cgroup", "show", "" + cgroup.path()).runOrThrow())
          .contains("sluice_lb_conne");
    }
    List<String> calls = Files.readAllLines(trace);
    List<String> first = calls.stream().takeWhile(line -> !line.contains(" bpf(")).toList();
    assertThat(first)
        .filteredOn(line -> line.contains(" execve("))
        .last()
        .asString()
        .contains("bin/java");
    assertThat(calls.subList(first.size(), calls.size()))
        .noneMatch(line -> line.contains(" execve("))
        .anyMatch(line -> line.contains("BPF_PROG_LOAD"));
  }
}
