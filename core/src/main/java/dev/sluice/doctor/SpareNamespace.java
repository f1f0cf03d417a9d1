// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.process.Command;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A network namespace in which nobody lives, to try things in. A process that waits for the end of
 * its input holds it: when this process ends, killed even, so does that one, and the namespace goes
 * with all that is in it. Confined to one thread.
 */
final class SpareNamespace implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Process holder;

  private SpareNamespace(Process holder) {
    this.holder = holder;
  }

  /** Makes one, with lo up. */
  static SpareNamespace open() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(program("unshare"), "--net", program("cat"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Programs.restrict(builder.environment());
    SpareNamespace made = new SpareNamespace(builder.start());
    try {
      made.await();
      made.runner().runOrThrow(Command.of("ip", "link", "set", "lo", "up"));
      return made;
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private static String program(String name) throws IOException {
    return Programs.find(name)
        .orElseThrow(
            () ->
                new IOException(
                    "making a network namespace to try rules in: the program '"
                        + name
                        + "' is not installed; expected the packages util-linux and coreutils"))
        .toString();
  }

  private void await() throws IOException {
    Path ours = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (holder.isAlive() && System.nanoTime() < deadline) {
      if (!Files.readSymbolicLink(path()).equals(ours)) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new IOException(
        "making a network namespace to try rules in: 'unshare --net' made none; expected the right"
            + " to (CAP_SYS_ADMIN)");
  }

  Path path() {
    return Path.of("/proc", Long.toString(holder.pid()), "ns/net");
  }

  CommandRunner runner() {
    return CommandRunner.inNetworkNamespace(path());
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
