// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import dev.sluice.socketlb.Capture;
import dev.sluice.socketlb.CaptureOptions;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A pod of the lab with an application and a proxy in cgroups of their own, both as one user unless
 * said otherwise.
 */
final class CapturedPod {
  /** Of application and proxy: only their cgroups tell them apart. */
  static final int UID = 1337;

  /** A proxy on a busy machine is not to be taken for dead where its death isn't the matter. */
  private static final Duration UNHURRIED = Duration.ofSeconds(20);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Pods pods;
  private final Party party;
  private final TestCgroup pod;
  private final TestCgroup application;
  private final TestCgroup proxy;

  /** {@code pod} is its cgroup, and becomes this object's. */
  CapturedPod(Pods pods, Party party, TestCgroup pod) throws IOException {
    this.pods = pods;
    this.party = party;
    this.pod = pod;
    application = pod.child("application");
    proxy = pod.child("proxy");
  }

  /** Runs {@code sluice capture on} with further options. */
  void capture(String... options) throws IOException {
    Command.of(captureCommand(options).toArray(String[]::new)).runOrThrow();
  }

  /** Does what that command does, without the start of a JVM; the pod fails closed. */
  void capture(CaptureOptions options) throws IOException {
    Capture.on(
        pods.bpf.path(),
        new Capture.Pod(pod.path(), proxy.path(), pods.namespace(party).toString()),
        options,
        new Capture.Without(Capture.WhenDead.CLOSED, UNHURRIED));
  }

  List<String> captureCommand(String... options) {
    List<String> words = new ArrayList<>(List.of(pods.home.launcher(), "capture", "on"));
    words.addAll(List.of("--cgroup", pod.path().toString()));
    words.addAll(List.of("--proxy-cgroup", proxy.path().toString()));
    words.addAll(List.of("--netns", pods.namespace(party).toString()));
    words.addAll(List.of("--bpf-fs", pods.bpf.path().toString()));
    words.addAll(List.of(options));
    if (!words.contains("--patience")) {
      words.addAll(List.of("--patience", UNHURRIED.toSeconds() + "s"));
    }
    return words;
  }

  /** Starts the proxy in its cgroup, as root, and waits until it listens. */
  LabProcess startProxy(String... options) throws IOException {
    List<String> words = new ArrayList<>(proxyCommand(options));
    words.addAll(List.of("--capture-cgroup", pod.path().toString()));
    words.addAll(List.of("--bpf-fs", pods.bpf.path().toString()));
    return startProxy(words);
  }

  /** Starts it as somebody who holds the maps does: without any privilege from the first moment. */
  LabProcess startProxyWithoutPrivilege(int user) throws IOException {
    List<String> words = new ArrayList<>(List.of(maps().toString(), Integer.toString(user)));
    words.addAll(proxyCommand());
    return startProxy(Pods.python(Scripts.SUPERVISOR, words.toArray(String[]::new)));
  }

  List<String> proxyCommand(String... options) {
    // Each proxy writes its own log: they have different owners.
    String log = pods.files().resolve(logs().size() + "-" + party.text() + ".log").toString();
    List<String> words = new ArrayList<>(List.of(pods.home.launcher(), "proxy"));
    words.addAll(List.of("--interception-mode", "SOCKET", "--access-log", log));
    words.addAll(List.of(options));
    return words;
  }

  private LabProcess startProxy(List<String> command) throws IOException {
    List<String> words = new ArrayList<>(join(proxy));
    words.addAll(command);
    LabProcess process = pods.start(party, words);
    process.awaitLine("sluice proxy: listening", PATIENCE);
    return process;
  }

  /** Starts a script where the proxy is, so that nobody captures it. */
  LabProcess startAsProxy(String script, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(join(proxy));
    words.addAll(Pods.python(script, arguments));
    return pods.start(party, words);
  }

  /** Starts a script as the application. */
  LabProcess start(String script, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(join(application));
    words.addAll(List.of("setpriv", "--reuid", "" + UID, "--regid", "" + UID, "--clear-groups"));
    words.addAll(Pods.python(script, arguments));
    return pods.start(party, words);
  }

  /** Runs a script as the application; the lines that it printed. */
  List<String> run(String script, String... arguments) throws IOException {
    return Pods.end(start(script, arguments));
  }

  /** Connects as the application, to each of {@code targets} in turn. */
  List<Talk> dial(String... targets) throws IOException {
    return run(Scripts.CLIENT, targets).stream().map(Talk::parse).toList();
  }

  /** Serves {@code addresses}, each {@code ADDRESS|PORT}, as the application. */
  LabProcess serve(String... addresses) throws IOException {
    LabProcess server = start(Scripts.SERVER, addresses);
    server.awaitLine("ready", PATIENCE);
    return server;
  }

  /** What a command says that is run as root in the pod's namespace. */
  String inside(String... words) throws IOException {
    return Command.of(words).inNetworkNamespace(pods.namespace(party)).runOrThrow();
  }

  Path proxyCgroup() {
    return proxy.path();
  }

  /** Where the maps are pinned. */
  Path maps() throws IOException {
    long id = (Long) Files.getAttribute(pod.path(), "unix:ino");
    return pods.bpf.path().resolve("sluice").resolve("capture-" + id).resolve("maps");
  }

  /** The complete lines of the access logs of all proxies that there were. */
  List<Map<String, String>> records() throws IOException {
    List<Map<String, String>> records = new ArrayList<>();
    for (Path log : logs()) {
      String text = Files.readString(log);
      text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .map(Logfmt::parse)
          .forEach(records::add);
    }
    return records;
  }

  private List<Path> logs() {
    List<Path> logs = new ArrayList<>();
    while (Files.exists(pods.files().resolve(logs.size() + "-" + party.text() + ".log"))) {
      logs.add(pods.files().resolve(logs.size() + "-" + party.text() + ".log"));
    }
    return logs;
  }

  private static List<String> join(TestCgroup cgroup) {
    String script = "echo $$ > " + cgroup.path().resolve("cgroup.procs") + "; exec \"$@\" 2>&1";
    return List.of("bash", "-c", script, "member");
  }

  void removeCgroups() throws IOException {
    application.close();
    proxy.close();
    pod.close();
  }
}
