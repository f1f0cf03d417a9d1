// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of the demo as the machine sees it: a folder in {@code /run/sluice} and namespaces that
 * carry this process's id. The folder is made before anything else and removed last, so whatever
 * exists can be traced to its maker, even after a kill. Thread-safe: a signal may end the run while
 * the topology is being built.
 */
public final class LabRun implements AutoCloseable {
  static final Path RUNS = Path.of("/run/sluice");
  static final Path NAMESPACES = Path.of("/run/netns");
  static final String FOLDER_PREFIX = "demo-";
  static final String START_TIME_FILE = "start-time";
  private static final String RUNTIME = "runtime";

  private final long pid;
  private boolean ended;

  private LabRun(long pid) {
    this.pid = pid;
  }

  /**
   * Begins a run of this process, after the remains of dead runs have been removed.
   *
   * @throws LabException if the folder can't be made
   */
  public static LabRun begin() throws LabException {
    Sweep.removeDeadRuns();
    LabRun run = new LabRun(ProcessHandle.current().pid());
    try {
      Sweep.removeRun(run.pid); // our own id, from an earlier life of it
      Files.createDirectories(RUNS);
      Path folder = run.folder();
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.createDirectory(run.runtimeFolder());
      Files.setPosixFilePermissions(
          run.runtimeFolder(), PosixFilePermissions.fromString("rwxrwxrwx"));
      long startTime = ProcessTable.startTime(run.pid).orElseThrow();
      Files.writeString(folder.resolve(START_TIME_FILE), Long.toString(startTime));
    } catch (IOException e) {
      throw new LabException("making the folder " + run.folder() + ": " + e);
    }
    return run;
  }

  /** Where this run keeps its files; every user may read it. */
  public Path folder() {
    return RUNS.resolve(FOLDER_PREFIX + pid);
  }

  /** What programs of this run have for {@code XDG_RUNTIME_DIR}; every user may write to it. */
  public Path runtimeFolder() {
    return folder().resolve(RUNTIME);
  }

  /** The {@link #runtimeFolder} of every run on this host. */
  public static List<Path> runtimeFolders() {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> runs = Files.newDirectoryStream(RUNS, FOLDER_PREFIX + "*")) {
      runs.forEach(run -> found.add(run.resolve(RUNTIME)));
    } catch (IOException | DirectoryIteratorException e) {
      // There is none.
    }
    return found;
  }

  /** The name of a party's namespace, as {@code ip netns} has it. */
  public String namespace(Party party) {
    return "sluice-" + pid + "-" + party.text();
  }

  /** The file that names a party's namespace. */
  public Path namespaceFile(Party party) {
    return NAMESPACES.resolve(namespace(party));
  }

  /** Something that makes an object which outlives it. */
  @FunctionalInterface
  public interface Step<T> {
    /** Makes it. */
    T run() throws IOException;
  }

  /**
   * Runs a step that the end of the run waits for, so that nothing is made behind its back.
   *
   * @throws LabException if the run has ended
   */
  public synchronized <T> T during(Step<T> step) throws IOException {
    if (ended) {
      throw new LabException("the demo was interrupted");
    }
    return step.run();
  }

  /** Whether the run was closed, by its owner or by a signal. */
  public synchronized boolean hasEnded() {
    return ended;
  }

  /** The cgroup above those of the parties; there is one after {@link #makeSocketWorld}. */
  public Path cgroup() throws IOException {
    return SocketWorld.cgroup(pid);
  }

  /** The cgroup above those of a party's containers. */
  public Path cgroup(Party party) throws IOException {
    return SocketWorld.cgroup(pid, party);
  }

  /** The cgroup of the processes of one container. */
  public Path cgroup(Party party, Container container) throws IOException {
    return SocketWorld.cgroup(pid, party, container);
  }

  /** Whether the processes of the parties live in cgroups of their own. */
  public boolean hasCgroups() {
    return Files.isDirectory(bpfFileSystem());
  }

  /** Where eBPF objects of this run are pinned. */
  public Path bpfFileSystem() {
    return SocketWorld.bpfFileSystem(folder());
  }

  /**
   * Makes cgroups and a bpf file system; they go with the topology.
   *
   * @throws IOException if there is no cgroup v2 tree, or a bpf file system can't be mounted
   */
  public void makeSocketWorld() throws IOException {
    during(
        () -> {
          SocketWorld.make(pid, folder());
          return this;
        });
  }

  /** Removes namespaces, cgroups and pins, with every process in them. The run goes on. */
  synchronized void removeWorld() throws IOException {
    Sweep.removeWorld(pid);
  }

  /** Removes everything that the run made; safe to call twice, and from a shutdown hook. */
  @Override
  public synchronized void close() throws IOException {
    if (!ended) {
      ended = true;
      Sweep.removeRun(pid);
    }
  }

  /** The lines that let a person look into the namespaces. */
  public List<String> enterLines() {
    return List.of(Party.values()).stream()
        .map(party -> "nsenter --net=" + namespaceFile(party) + " -- bash    # " + party.text())
        .toList();
  }
}
