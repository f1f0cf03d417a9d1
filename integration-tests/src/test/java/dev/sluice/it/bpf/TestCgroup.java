// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A cgroup of version 2 of a test's own, wherever this machine has them; removed by close. */
public final class TestCgroup implements AutoCloseable {
  private final Path path;

  private TestCgroup(Path path) {
    this.path = path;
  }

  public static TestCgroup create(String name) throws IOException {
    return below(mountPoint(), name);
  }

  public TestCgroup child(String name) throws IOException {
    return below(path, name);
  }

  private static TestCgroup below(Path parent, String name) throws IOException {
    Path path = parent.resolve("slt-loader-" + name + "-" + ProcessHandle.current().pid());
    Files.createDirectory(path);
    return new TestCgroup(path);
  }

  public Path path() {
    return path;
  }

  /** Runs a shell script as a member, and gives what it printed. */
  String run(String script) throws CommandException {
    String join = "echo $$ > " + path.resolve("cgroup.procs") + " && ";
    return Command.of("sh", "-c", join + script).runOrThrow();
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }

  /** Where this machine has the tree of version 2. */
  public static Path mountPoint() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      int dash = line.indexOf(" - ");
      if (line.startsWith("cgroup2 ", dash + 3)) {
        return Path.of(line.substring(0, dash).split(" ", -1)[4]);
      }
    }
    throw new IllegalStateException("looking for cgroup v2: it is not mounted here");
  }
}
