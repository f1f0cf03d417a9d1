// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One {@code scripts/sluice proxy} as a pod has it: policy, access log and counters on, of a user
 * of its own, in a {@link BenchNamespace#sidecars}. Closed by its maker.
 */
final class SidecarProcess implements AutoCloseable {
  /** The first port at which operators are answered; a pod has the usual ones for itself. */
  private static final int OPERATORS = 21_000;

  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final int index;
  private final Path output;

  private SidecarProcess(Process process, int index, Path output) {
    this.process = process;
    this.index = index;
    this.output = output;
  }

  /**
   * Starts number {@code index}; it doesn't wait until it serves.
   *
   * @param folder that its user may write to, with {@code policy.yaml} in it
   */
  static SidecarProcess start(BenchNamespace namespace, int index, Path folder) throws IOException {
    Path output = folder.resolve("sidecar-" + index + ".out");
    int port = BenchNamespace.LISTENING + 2 * index;
    int operators = OPERATORS + 3 * index;
    // Beside the admin socket lie others, whose names are always the same.
    Path sockets = folder.resolve("sockets-" + index);
    if (!Files.exists(sockets)) {
      Files.createDirectory(sockets);
      Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    String user = Integer.toString(BenchNamespace.PROXY_USER);
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "nsenter",
                "--net=" + namespace.path(),
                "setpriv",
                "--reuid=" + user,
                "--regid=" + user,
                "--clear-groups",
                System.getProperty("sluice.home") + "/scripts/sluice",
                "proxy",
                "--outbound-port=" + port,
                "--inbound-port=" + (port + 1),
                "--admin-port=" + operators,
                "--status-port=" + (operators + 1),
                "--stats-port=" + (operators + 2),
                "--admin-socket=" + sockets.resolve("admin.sock"),
                "--policy=" + folder.resolve("policy.yaml"),
                "--access-log=" + folder.resolve("access-" + index + ".log")));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    return new SidecarProcess(builder.start(), index, output);
  }

  /** Waits for a byte from the server by way of this proxy. In the namespace. */
  void awaitFirstByte() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isServed()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException(
            "starting a proxy: no byte came through it; it said: " + Files.readString(output));
      }
      Thread.sleep(0, 200_000);
    }
  }

  private boolean isServed() throws IOException {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), BenchNamespace.DIALLED + index);
    try (SocketChannel channel = SocketChannel.open(server)) {
      return channel.read(ByteBuffer.allocate(1)) == 1;
    } catch (ConnectException e) {
      return false;
    } catch (SocketException e) {
      throw new IOException("reading through a proxy: " + e.getMessage(), e);
    }
  }

  /**
   * A figure of its memory, see proc_pid_smaps_rollup in proc(5).
   *
   * @param field {@code Rss}, {@code Pss} or {@code Private_Dirty}
   * @return bytes
   */
  long memory(String field) throws IOException {
    Path rollup = Path.of("/proc/" + process.pid() + "/smaps_rollup");
    for (String line : Files.readAllLines(rollup)) {
      if (line.startsWith(field + ":")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("reading " + rollup + ": no field " + field);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
