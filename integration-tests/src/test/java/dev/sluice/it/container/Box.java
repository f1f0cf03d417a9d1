// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A container of a manifest, run by runc: its user, its capabilities and no others, its root read
 * only if the manifest says so, in a network namespace that is there.
 */
final class Box implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final List<String> SETS = List.of("bounding", "effective", "permitted");
  private static final List<String> OWN_NAMESPACES = List.of("ipc", "uts", "mount");
  private static final List<String> OWN_NAMESPACES_AND_PID = List.of("pid", "ipc", "uts", "mount");
  private static final List<String> READ_ONLY = List.of("/proc/bus", "/proc/fs", "/proc/sys");

  private final String id;
  private final Path folder;
  private final Process process;

  private Box(String id, Path folder, Process process) {
    this.id = id;
    this.folder = folder;
    this.process = process;
  }

  /**
   * What is special about one.
   *
   * @param namespace the network namespace, by path
   * @param mounts folders of the host, writable, by their place inside
   * @param hostPid whether it sees the processes of the host
   */
  record Place(Path namespace, Map<String, Path> mounts, boolean hostPid) {
    /** Nothing but the namespace. */
    static Place in(Path namespace) {
      return new Place(namespace, Map.of(), false);
    }
  }

  /** Starts it. Standard output and error go to files below {@code folder}. */
  static Box start(
      UnpackedImage image, Manifest.Container container, List<String> capabilities, Place place)
      throws IOException {
    String id = "slt-box-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    Path folder = Files.createDirectory(image.root().resolveSibling(id));
    try (JsonGenerator json =
        new JsonFactory()
            .createGenerator(
                ObjectWriteContext.empty(),
                Files.newBufferedWriter(folder.resolve("config.json")))) {
      write(json, config(image, container, capabilities, place, id));
    }
    Process process =
        new ProcessBuilder(
                runc(
                    folder,
                    "run",
                    "--bundle",
                    folder.toString(),
                    "--pid-file",
                    folder.resolve("pid").toString(),
                    id))
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    return new Box(id, folder, process);
  }

  /** Waits until it has written that to standard error; a container that ends before it fails. */
  void awaitSaying(String words) throws Exception {
    awaitPrinting("err", words);
  }

  /** The same of what a program has printed that was begun under that name. */
  void awaitPrinting(String name, String words) throws Exception {
    long late = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
    while (!printed(name).contains(words)) {
      if (!process.isAlive() || System.nanoTime() > late) {
        throw new AssertionError("the container never said '" + words + "': " + printed(name));
      }
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  /** Its exit code. */
  int await() throws InterruptedException {
    if (!process.waitFor(50, TimeUnit.SECONDS)) {
      throw new AssertionError("container " + id + " doesn't end");
    }
    return process.exitValue();
  }

  /** What a program prints that is run beside the first one, as {@code kubectl exec} does. */
  String execute(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("exec", id));
    all.addAll(List.of(words));
    return Command.of(runc(folder, all.toArray(String[]::new)).toArray(String[]::new)).runOrThrow();
  }

  /**
   * The same without waiting for it. Its output goes to a file; it ends with the container.
   *
   * @param name of the file, for {@link #printed}
   */
  Process begin(String name, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("exec", id));
    all.addAll(List.of(words));
    return new ProcessBuilder(runc(folder, all.toArray(String[]::new)))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name).toFile())
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .start();
  }

  /** Both streams of a program that was begun under that name. */
  String printed(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  void signal(String name) throws IOException {
    Command.of(runc(folder, "kill", id, name).toArray(String[]::new)).runOrThrow();
  }

  String output() throws IOException {
    return Files.readString(folder.resolve("out"));
  }

  String errors() throws IOException {
    return printed("err");
  }

  /** Of its first process, as the host sees it. */
  Path proc() throws IOException {
    return Path.of("/proc", Files.readString(folder.resolve("pid")).strip());
  }

  /** A line of /proc/PID/status. */
  List<String> status(String key) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(proc().resolve("status"))) {
      return lines
          .lines()
          .filter(line -> line.startsWith(key + ":"))
          .map(line -> List.of(line.substring(key.length() + 1).strip().split("\\s+", -1)))
          .findFirst()
          .orElseThrow();
    }
  }

  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      Command.of(runc(folder, "kill", id, "KILL").toArray(String[]::new)).run();
    }
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Command.of(runc(folder, "delete", "--force", id).toArray(String[]::new)).run();
  }

  private static List<String> runc(Path folder, String... words) {
    List<String> command =
        new ArrayList<>(List.of("runc", "--root", folder.resolve("state").toString()));
    command.addAll(List.of(words));
    return command;
  }

  private static Map<String, Object> config(
      UnpackedImage image,
      Manifest.Container container,
      List<String> capabilities,
      Place place,
      String id)
      throws IOException {
    List<String> arguments = new ArrayList<>(image.words("Entrypoint"));
    arguments.addAll(container.arguments());
    List<String> environment = new ArrayList<>(image.words("Env"));
    environment.addAll(container.environment());
    List<String> named = capabilities.stream().map(name -> "CAP_" + name).toList();
    List<Object> mounts = new ArrayList<>();
    mounts.add(mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
    mounts.add(mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755", "size=64k")));
    mounts.add(mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")));
    mounts.add(
        mount(
            "/sys/fs/cgroup", "bind", TestCgroup.mountPoint().toString(), List.of("rbind", "ro")));
    place
        .mounts()
        .forEach(
            (inside, host) -> mounts.add(mount(inside, "bind", host.toString(), List.of("rbind"))));
    List<Object> namespaces = new ArrayList<>();
    for (String type : place.hostPid() ? OWN_NAMESPACES : OWN_NAMESPACES_AND_PID) {
      namespaces.add(Map.of("type", type));
    }
    namespaces.add(Map.of("type", "network", "path", place.namespace().toString()));
    return Map.of(
        "ociVersion",
        "1.0.2",
        "hostname",
        "pod",
        "root",
        Map.of("path", image.root().toString(), "readonly", container.readOnlyRoot()),
        "mounts",
        mounts,
        "process",
        Map.of(
            "user", Map.of("uid", container.user(), "gid", container.group()),
            "args", arguments,
            "env", environment,
            "cwd", "/",
            "noNewPrivileges", container.noNewPrivileges(),
            "rlimits", List.of(Map.of("type", "RLIMIT_NOFILE", "hard", 20_000, "soft", 20_000)),
            "capabilities", SETS.stream().collect(Collectors.toMap(set -> set, _ -> named))),
        "linux",
        Map.of("cgroupsPath", "/" + id, "readonlyPaths", READ_ONLY, "namespaces", namespaces));
  }

  private static Map<String, Object> mount(
      String place, String type, String source, List<String> options) {
    return Map.of("destination", place, "type", type, "source", source, "options", options);
  }

  private static void write(JsonGenerator json, Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        json.writeStartObject();
        map.forEach(
            (key, element) -> {
              json.writeName(String.valueOf(key));
              write(json, element);
            });
        json.writeEndObject();
      }
      case List<?> list -> {
        json.writeStartArray();
        list.forEach(element -> write(json, element));
        json.writeEndArray();
      }
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      default -> json.writeString(String.valueOf(value));
    }
  }
}
