// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.doctor.Abilities;
import dev.sluice.doctor.Ability;
import dev.sluice.doctor.Facts;
import dev.sluice.doctor.Fault;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Findings;
import dev.sluice.doctor.Mode;
import dev.sluice.doctor.Subject;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A pod of a test's own: a network namespace, a cgroup with one for its application and one for its
 * proxy, and an eBPF file system. Closing it ends what was started in it and removes all of it.
 */
final class Patient implements AutoCloseable {
  private static final Map<Ipv6Support, List<Ability>> ABILITIES = new EnumMap<>(Ipv6Support.class);
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String name =
      "slt-doctor-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  private final Path folder;
  private final SluiceHome home;
  private final TestBpfFileSystem bpf;
  private final TestCgroup pod;
  private final TestCgroup application;
  private final TestCgroup proxy;
  private final List<Process> started = new ArrayList<>();

  private Patient() throws IOException {
    folder = Files.createTempDirectory("slt-doctor-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    home = SluiceHome.find(folder);
    bpf = TestBpfFileSystem.mount();
    pod = TestCgroup.create("doctor-" + NUMBER.get());
    application = pod.child("application");
    proxy = pod.child("proxy");
    Command.of("ip", "netns", "add", name).runOrThrow();
    inside("ip link set lo up");
  }

  static Patient admit() throws IOException {
    return new Patient();
  }

  Path namespace() {
    return Path.of("/run/netns", name);
  }

  Path bpfFileSystem() {
    return bpf.path();
  }

  Path cgroup() {
    return pod.path();
  }

  Path applicationCgroup() {
    return application.path();
  }

  Path proxyCgroup() {
    return proxy.path();
  }

  /** Runs a line for a shell of root in the namespace, and expects success. */
  String inside(String line) throws IOException {
    return Command.of("bash", "-c", line).inNetworkNamespace(namespace()).runOrThrow();
  }

  /** Runs {@code sluice init} in the namespace. */
  void init(String... words) throws IOException {
    shell("sluice init --network-namespace " + namespace() + " " + String.join(" ", words));
  }

  /** Runs a line for a shell of root, {@code sluice} on its path, and expects success. */
  void shell(String line) throws IOException {
    CommandResult result = attempt(line);
    assertThat(result.exitCode()).as("%s: %s", line, result.errors()).isZero();
  }

  CommandResult attempt(String line) throws IOException {
    return Command.of("bash", "-c", environment() + line).run();
  }

  /** What makes a shell find {@code sluice}. */
  String environment() {
    StringBuilder exports = new StringBuilder();
    for (Map.Entry<String, String> each : home.environment().entrySet()) {
      exports.append("export ").append(each.getKey()).append("='").append(each.getValue());
      exports.append("'; ");
    }
    return exports + "export PATH=" + Path.of(home.launcher()).getParent() + ":$PATH; ";
  }

  /** Starts a line that stays, and waits until what it prints contains {@code ready}. */
  Process start(String line, String ready) throws IOException {
    Path output = folder.resolve("output-" + started.size());
    Process process =
        new ProcessBuilder("bash", "-c", environment() + line)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    started.add(process);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .failFast(
            () ->
                assertThat(process.isAlive()).as("%s: %s", line, Files.readString(output)).isTrue())
        .until(() -> Files.readString(output).contains(ready));
    return process;
  }

  /** Starts the proxy that rules of {@code mode} are for, in the namespace. */
  Process startProxy(String mode) throws IOException {
    String rights = mode.equals("TPROXY") ? "--inh-caps +net_admin --ambient-caps +net_admin" : "";
    return start(
        "nsenter --net=%s -- setpriv --reuid 1337 --regid 1337 --clear-groups %s sluice proxy --interception-mode %s"
            .formatted(namespace(), rights, mode),
        "listening");
  }

  /** Ends what {@link #start} started, with what that started: in order, if it does so in time. */
  static void end(Process process) throws IOException {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    try {
      all.forEach(ProcessHandle::destroy);
      for (int i = 0; i < 100 && all.stream().anyMatch(ProcessHandle::isAlive); i++) {
        Thread.sleep(50);
      }
      all.forEach(ProcessHandle::destroyForcibly);
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  Subject subject(Mode... asked) {
    Set<Mode> modes = EnumSet.noneOf(Mode.class);
    modes.addAll(List.of(asked));
    return new Subject(
        Optional.of(namespace()),
        Optional.of(application.path()),
        Optional.of(bpf.path()),
        modes,
        Optional.<InetSocketAddress>empty());
  }

  /** What the doctor finds; what this host can do is tried once, since no test changes that. */
  List<Finding> examine(Mode... asked) throws IOException {
    return examine(subject(asked));
  }

  static List<Finding> examine(Subject subject) throws IOException {
    return Findings.of(Facts.gather(subject, Patient::abilities));
  }

  static synchronized List<Ability> abilities(Ipv6Support ipv6) {
    return ABILITIES.computeIfAbsent(ipv6, Abilities::probe);
  }

  /** Only that is found; the fix. */
  String fixOf(Fault fault, Mode... asked) throws IOException {
    List<Finding> found = examine(asked);
    assertThat(found).extracting(Finding::fault).as("%s", found).containsExactly(fault);
    return commandOf(found.getFirst());
  }

  static String commandOf(Finding finding) {
    assertThat(finding.fix()).as("%s", finding).isInstanceOf(Finding.Fix.Run.class);
    return finding.fix().text();
  }

  /** Runs a fix as it was printed, and then nothing is wrong any more. */
  void isCuredBy(String fix, Mode... asked) throws IOException {
    if (fix.contains("sluice proxy")) {
      start(fix, "listening");
    } else {
      shell(fix);
    }
    assertThat(examine(asked)).as("after: %s", fix).isEmpty();
  }

  /** Ends everything that was started. */
  void endAll() throws IOException {
    for (Process process : started) {
      end(process);
    }
    Path events = pod.path().resolve("cgroup.events");
    await().atMost(PATIENCE).until(() -> Files.readString(events).contains("populated 0"));
  }

  @Override
  public void close() throws IOException {
    endAll();
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.remove();
    }
    Command.of("ip", "netns", "del", name).run();
    bpf.close();
    application.close();
    proxy.close();
    pod.close();
    Command.of("rm", "-rf", folder.toString()).runOrThrow();
  }
}
