// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.Logfmt;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The lab's client pod with an application and a proxy in cgroups of their own, both as one user.
 */
final class CapturedPod implements AutoCloseable {
  /** Of application and proxy: only their cgroups tell them apart. */
  static final int UID = 1337;

  private final LabRun run;
  private final SluiceHome home;
  private final Spawner spawner;
  private final TestBpfFileSystem bpf;
  private final TestCgroup pod;
  private final TestCgroup application;
  private final TestCgroup proxy;
  private final Path log;

  private CapturedPod(LabRun run) throws IOException {
    this.run = run;
    Topology.build(run);
    home = SluiceHome.find(run.folder());
    spawner = new Spawner(run, home.environment());
    bpf = TestBpfFileSystem.mount();
    pod = TestCgroup.create("capture");
    application = pod.child("application");
    proxy = pod.child("proxy");
    Path files = Files.createDirectory(run.folder().resolve("files"));
    Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxrwxrwx"));
    log = files.resolve("access.log");
  }

  static CapturedPod build() throws IOException {
    return new CapturedPod(LabRun.begin());
  }

  /** Runs {@code sluice capture on} with further options. */
  void capture(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(home.launcher(), "capture", "on"));
    words.addAll(List.of("--cgroup", pod.path().toString()));
    words.addAll(List.of("--proxy-cgroup", proxy.path().toString()));
    words.addAll(List.of("--netns", run.namespaceFile(Party.CLIENT).toString()));
    words.addAll(List.of("--bpf-fs", bpf.path().toString()));
    words.addAll(List.of(options));
    Command.of(words.toArray(String[]::new)).runOrThrow();
  }

  /** Starts the proxy in its cgroup, as root, and waits until it listens. */
  LabProcess startProxy() throws IOException {
    List<String> words = new ArrayList<>(join(proxy));
    words.addAll(List.of(home.launcher(), "proxy", "--interception-mode", "SOCKET"));
    words.addAll(List.of("--capture-cgroup", pod.path().toString()));
    words.addAll(List.of("--bpf-fs", bpf.path().toString(), "--access-log", log.toString()));
    LabProcess process = spawner.start(Party.CLIENT, RunAs.ROOT, words);
    process.awaitLine("sluice proxy: listening", Duration.ofSeconds(30));
    return process;
  }

  /** Starts a Python script as the application. */
  LabProcess startApplication(String script, String... arguments) throws IOException {
    return start(Party.CLIENT, script, arguments);
  }

  /** Runs a Python script as the application; the lines that it printed. */
  List<String> runApplication(String script, String... arguments) throws IOException {
    return end(startApplication(script, arguments));
  }

  /** Runs a Python script in the namespace of a party that isn't captured. */
  List<String> runOutside(Party party, String script, String... arguments) throws IOException {
    return end(start(party, script, arguments));
  }

  LabProcess start(Party party, String script, String... arguments) throws IOException {
    List<String> words = new ArrayList<>();
    if (party == Party.CLIENT) {
      words.addAll(join(application));
      words.addAll(List.of("setpriv", "--reuid", "" + UID, "--regid", "" + UID, "--clear-groups"));
    }
    words.addAll(List.of("/usr/bin/python3", "-u", "-c", script));
    words.addAll(List.of(arguments));
    return spawner.start(party, RunAs.ROOT, words);
  }

  private static List<String> end(LabProcess process) throws IOException {
    try (process) {
      process.awaitEnd(Duration.ofSeconds(20));
      return process.lines();
    }
  }

  /** What a command says that is run as root in the pod's namespace. */
  String inPod(String... words) throws IOException {
    return Command.of(words).inNetworkNamespace(run.namespaceFile(Party.CLIENT)).runOrThrow();
  }

  /** Where the maps are pinned. */
  Path maps() throws IOException {
    long id = (Long) Files.getAttribute(pod.path(), "unix:ino");
    return bpf.path().resolve("sluice").resolve("capture-" + id).resolve("maps");
  }

  /** The complete lines of the access log. */
  List<Map<String, String>> records() throws IOException {
    String text = Files.exists(log) ? Files.readString(log) : "";
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Logfmt::parse).toList();
  }

  private static List<String> join(TestCgroup cgroup) {
    String script = "echo $$ > " + cgroup.path().resolve("cgroup.procs") + "; exec \"$@\" 2>&1";
    return List.of("bash", "-c", script, "member");
  }

  @Override
  public void close() throws IOException {
    spawner.close();
    run.close();
    bpf.close();
    application.close();
    proxy.close();
    pod.close();
  }
}
