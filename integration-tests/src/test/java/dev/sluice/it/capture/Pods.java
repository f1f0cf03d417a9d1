// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The lab's namespaces, the pods among them that are captured, and what runs in the others. Closing
 * it ends every process and removes all of it.
 */
final class Pods implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final SluiceHome home;
  final TestBpfFileSystem bpf;
  private final LabRun run;
  private final Spawner spawner;
  private final Path files;
  private final List<CapturedPod> captured = new ArrayList<>();

  private Pods(LabRun run) throws IOException {
    this.run = run;
    Topology.build(run);
    home = SluiceHome.find(run.folder());
    spawner = new Spawner(run, home.environment());
    bpf = TestBpfFileSystem.mount();
    files = Files.createDirectory(run.folder().resolve("files"));
    Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  static Pods build() throws IOException {
    return new Pods(LabRun.begin());
  }

  /** A pod in the namespace of {@code party}, not captured yet. */
  CapturedPod pod(Party party) throws IOException {
    return add(new CapturedPod(this, party, TestCgroup.create("capture-" + party.text())));
  }

  /** One whose cgroup is below {@code parent}, which stays the caller's. */
  CapturedPod podBelow(TestCgroup parent, Party party) throws IOException {
    return add(new CapturedPod(this, party, parent.child("capture-" + party.text())));
  }

  private CapturedPod add(CapturedPod pod) {
    captured.add(pod);
    return pod;
  }

  Path namespace(Party party) {
    return run.namespaceFile(party);
  }

  /** Where every user may write. */
  Path files() {
    return files;
  }

  LabProcess start(Party party, List<String> words) throws IOException {
    return spawner.start(party, RunAs.ROOT, words);
  }

  /** Starts a script that nobody captures. */
  LabProcess startOutside(Party party, String script, String... arguments) throws IOException {
    return start(party, python(script, arguments));
  }

  /** Runs a script that nobody captures; the lines that it printed. */
  List<String> runOutside(Party party, String script, String... arguments) throws IOException {
    return end(startOutside(party, script, arguments));
  }

  /** Connects from outside, to each of {@code targets} in turn. */
  List<Talk> dialFrom(Party party, String... targets) throws IOException {
    return runOutside(party, Scripts.CLIENT, targets).stream().map(Talk::parse).toList();
  }

  /** Serves {@code addresses}, each {@code ADDRESS|PORT}, where nobody is captured. */
  void serve(Party party, String... addresses) throws IOException {
    startOutside(party, Scripts.SERVER, addresses).awaitLine("ready", PATIENCE);
  }

  static List<String> python(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of("/usr/bin/python3", "-u", "-c", script));
    words.addAll(List.of(arguments));
    return words;
  }

  static List<String> end(LabProcess process) throws IOException {
    try (process) {
      process.awaitEnd(PATIENCE);
      return process.lines();
    }
  }

  @Override
  public void close() throws IOException {
    spawner.close();
    run.close();
    bpf.close();
    for (CapturedPod pod : captured) {
      pod.removeCgroups();
    }
  }
}
