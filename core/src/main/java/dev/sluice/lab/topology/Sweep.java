// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Removes what runs of the demo made: by name, never by a list that a crash could lose. A run is
 * dead when no process has its id, or when the process with its id began at another time than the
 * run's folder says; runs that live are not touched.
 */
final class Sweep {
  private static final Pattern NAMESPACE = Pattern.compile("sluice-(\\d+)-(client|host|server)");
  private static final Pattern FOLDER = Pattern.compile("demo-(\\d+)");

  private Sweep() {}

  /** Removes the remains of every dead run. */
  static void removeDeadRuns() throws LabException {
    TreeSet<Long> owners = new TreeSet<>();
    try {
      for (Path path : entries(LabRun.NAMESPACES)) {
        addOwner(NAMESPACE, path, owners);
      }
      for (Path path : entries(LabRun.RUNS)) {
        addOwner(FOLDER, path, owners);
      }
      owners.addAll(SocketWorld.owners());
      for (long pid : owners) {
        if (!lives(pid)) {
          removeRun(pid);
        }
      }
    } catch (IOException e) {
      throw new LabException("removing what an earlier demo left: " + e);
    }
  }

  /** Removes the world of a run and then its folder. */
  static void removeRun(long pid) throws IOException {
    removeWorld(pid);
    Path folder = folder(pid);
    if (Files.isDirectory(folder)) {
      // The start time goes last: as long as anything is left, its owner is known.
      deleteBelow(folder);
    }
    removeIfEmpty(LabRun.RUNS);
  }

  /** Removes what a run made beside its folder, and kills what runs there first. */
  static void removeWorld(long pid) throws IOException {
    removeNamespaces(pid);
    SocketWorld.remove(pid, folder(pid));
  }

  private static Path folder(long pid) {
    return LabRun.RUNS.resolve(LabRun.FOLDER_PREFIX + pid);
  }

  private static void removeNamespaces(long pid) throws IOException {
    List<String> names = new ArrayList<>();
    for (Path path : entries(LabRun.NAMESPACES)) {
      Matcher matcher = NAMESPACE.matcher(path.getFileName().toString());
      if (matcher.matches() && Long.parseLong(matcher.group(1)) == pid) {
        killAll(path);
        names.add(path.getFileName().toString());
      }
    }
    if (!names.isEmpty()) {
      StringBuilder batch = new StringBuilder();
      names.forEach(name -> batch.append("netns del ").append(name).append('\n'));
      Command.of("ip", "-force", "-batch", "-").withInput(batch.toString()).run();
    }
  }

  private static boolean lives(long pid) throws IOException {
    OptionalLong running = ProcessTable.startTime(pid);
    if (running.isEmpty()) {
      return false;
    }
    Path file = folder(pid).resolve(LabRun.START_TIME_FILE);
    try {
      return Files.readString(file).strip().equals(Long.toString(running.getAsLong()));
    } catch (NoSuchFileException e) {
      // Between making its folder and writing the file, a run owns nothing else. Leave it alone.
      return true;
    }
  }

  private static void killAll(Path namespace) {
    List<ProcessHandle> processes = ProcessTable.inNamespace(namespace);
    List<CompletableFuture<ProcessHandle>> ends = new ArrayList<>();
    long self = ProcessHandle.current().pid();
    for (ProcessHandle process : processes) {
      if (process.pid() != self) {
        ends.add(process.onExit());
        process.destroyForcibly();
      }
    }
    try {
      CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      // A process that SIGKILL can't end within 5 s sleeps in the kernel; the namespace's name
      // goes all the same, and the namespace itself when that process does.
    }
  }

  private static void addOwner(Pattern pattern, Path path, java.util.Set<Long> owners) {
    Matcher matcher = pattern.matcher(path.getFileName().toString());
    if (matcher.matches()) {
      owners.add(Long.parseLong(matcher.group(1)));
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      List<Path> paths = new ArrayList<>();
      stream.forEach(paths::add);
      return paths;
    }
  }

  private static void deleteBelow(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    Path marker = folder.resolve(LabRun.START_TIME_FILE);
    for (Path path : paths) {
      if (!path.equals(marker) && !path.equals(folder)) {
        Files.deleteIfExists(path);
      }
    }
    Files.deleteIfExists(marker);
    Files.deleteIfExists(folder);
  }

  private static void removeIfEmpty(Path folder) throws IOException {
    try {
      Files.deleteIfExists(folder);
    } catch (java.nio.file.DirectoryNotEmptyException e) {
      // Another run, or another command of ours, keeps files there.
    }
  }
}
