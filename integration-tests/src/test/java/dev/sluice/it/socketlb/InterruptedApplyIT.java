// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.BackendSets;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code sluice lb apply}, killed at its Nth bpf(2) or refused by it. Every Nth call is tried with
 * {@code -Dsluice.it.every=1}; by default some are, since each takes a second.
 */
class InterruptedApplyIT {
  private static final int EVERY = Integer.getInteger("sluice.it.every", 11);
  private static final Pattern NUMBERS = Pattern.compile("\\d+");

  @TempDir private Path folder;
  private Path cgroup;
  private Path services;
  private TestBpfFileSystem bpf;

  @BeforeEach
  void open() throws Exception {
    bpf = TestBpfFileSystem.mount();
    cgroup = CgroupFolder.root().resolve("slt-lbtests-kill-" + ProcessHandle.current().pid());
    Files.createDirectory(cgroup);
    services = write("10.96.0.10", "10.244.1.5");
  }

  @AfterEach
  void close() throws Exception {
    bpf.close();
    Files.delete(cgroup);
  }

  @Test
  void callsBpfFromTheJvmAndStartsNoProgram() throws IOException {
    List<String> lines = trace();
    int first = indexOf(lines, " bpf(");
    List<String> before = lines.subList(0, first);
    List<String> after = lines.subList(first, lines.size());
    assertThat(before.stream().filter(line -> line.contains(" execve(")).toList())
        .last()
        .asString()
        .contains("bin/java");
    assertThat(after).noneMatch(line -> line.contains("execve"));
    assertThat(after).anyMatch(line -> line.contains("BPF_PROG_LOAD"));
  }

  @Test
  void isCompletedByTheNextRunWhereverItWasKilled() throws Exception {
    int calls = callsOfTheCommand();
    uninstall();
    String nothing = state();
    apply();
    String clean = state();
    uninstall();
    for (int n = 1; n <= calls; n += EVERY) {
      assertThat(interrupted("signal=KILL", n).succeeded()).as("killed at call " + n).isFalse();
      apply();
      assertThat(state()).as("after the run that was killed at call " + n).isEqualTo(clean);
      uninstall();
      assertThat(state()).as("uninstalled after call " + n).isEqualTo(nothing);
    }
  }

  @Test
  void leavesNothingWhereverACallFails() throws Exception {
    int calls = callsOfTheCommand();
    uninstall();
    String nothing = stateWithNumbers();
    int failed = 0;
    for (int n = 1; n <= calls; n += EVERY) {
      failed += refused(n, nothing) ? 1 : 0;
      uninstall();
    }
    assertThat(failed).as("of " + calls).isGreaterThan(calls / EVERY / 2);
  }

  @Test
  void leavesTheTableInForceWhereverACallFails() throws Exception {
    Path former = services;
    apply();
    String before = stateWithNumbers();
    services = write("10.96.0.11", "10.244.1.6");
    int calls = callsOfTheCommand();
    int failed = 0;
    for (int n = 1; n <= calls; n += EVERY) {
      Path wanted = services;
      services = former;
      apply();
      services = wanted;
      failed += refused(n, before) ? 1 : 0;
    }
    assertThat(failed).as("of " + calls).isGreaterThan(calls / EVERY / 2);
    uninstall();
  }

  /** Some calls are tried again with a log, or are asked for what may not be there. */
  private boolean refused(int call, String before) throws Exception {
    CommandResult result = interrupted("error=ENOMEM", call);
    if (result.succeeded()) {
      return false;
    }
    assertThat(result.errors()).as("call " + call).contains("sluice lb apply: ");
    assertThat(stateWithNumbers()).as("after call " + call + " failed").isEqualTo(before);
    return true;
  }

  private int callsOfTheCommand() throws IOException {
    int calls = (int) trace().stream().filter(line -> line.contains(" bpf(")).count();
    assertThat(calls).isGreaterThan(20);
    return calls;
  }

  private List<String> trace() throws IOException {
    Path trace = folder.resolve("trace");
    List<String> words =
        new ArrayList<>(List.of("strace", "-f", "-o", trace.toString(), "-e", "bpf,execve"));
    words.addAll(command());
    Command.of(words.toArray(String[]::new)).runOrThrow();
    return Files.readAllLines(trace);
  }

  private CommandResult interrupted(String how, int call) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("strace", "-f", "-o", "/dev/null", "-e", "trace=bpf", "-e"));
    words.add("inject=bpf:" + how + ":when=" + call);
    words.addAll(command());
    return Command.of(words.toArray(String[]::new)).run();
  }

  private List<String> command() {
    return List.of(
        Checkout.script("sluice"),
        "lb",
        "apply",
        "-f",
        services.toString(),
        "--cgroup",
        cgroup.toString(),
        "--bpf-fs",
        bpf.path().toString());
  }

  /** What the command does, without a second for the start of a JVM. */
  private void apply() throws Exception {
    List<BackendSet> sets = BackendSets.of(load());
    HostNamespace host = HostNamespace.of("/proc/self/ns/net");
    LoadBalancer.apply(
        bpf.path(),
        cgroup,
        new LoadBalancer.Change(sets, Scope.ALL, host.cookie(), host.addresses()));
  }

  private MeshSnapshot load() throws Exception {
    return KubernetesFiles.load(List.of(services));
  }

  private void uninstall() throws Exception {
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.remove();
    }
  }

  /** What is attached (as bpftool sees it), pinned and in force, save for numbers. */
  private String state() throws Exception {
    return NUMBERS
        .matcher(stateWithNumbers())
        .replaceAll("N")
        .replaceAll(" +", " ")
        .lines()
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private String stateWithNumbers() throws Exception {
    StringBuilder state = new StringBuilder("cgroup:\n");
    Command.of("bpftool", "cgroup", "show", cgroup.toString())
        .runOrThrow()
        .lines()
        .skip(1)
        .sorted()
        .forEach(line -> state.append(line.strip()).append('\n'));
    state.append("pins:\n");
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.pins().forEach(pin -> state.append(pin.getFileName()).append('\n'));
      try (InstalledLoadBalancer installed = InstalledLoadBalancer.only(Optional.of(bpf.path()))) {
        state.append(installed.list()).append('\n');
      }
    }
    return state.toString();
  }

  private Path write(String service, String backend) throws Exception {
    return Files.writeString(
        folder.resolve("services-" + service + ".yaml"),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {clusterIP: %s, ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: web-1
          labels: {kubernetes.io/service-name: web}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints:
        - addresses: [%s]
        """
            .formatted(service, backend));
  }

  private static int indexOf(List<String> lines, String text) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(text)) {
        return i;
      }
    }
    throw new AssertionError("no line has \"" + text + "\": " + Arrays.toString(lines.toArray()));
  }
}
