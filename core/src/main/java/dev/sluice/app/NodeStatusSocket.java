// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.OpenedPath;
import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a running {@code sluice node} says how its pods stand: whoever connects gets one JSON
 * document and the end. Only the user that it runs as may connect. A thread of its own serves one
 * after the other.
 */
final class NodeStatusSocket implements AutoCloseable {
  private static final int BACKLOG = 16;

  /** One second in all. */
  private static final int MOST_PAUSES = 200;

  private static final long PAUSE_NANOS = 5_000_000;

  private static final long RESPITE_NANOS = 1_000_000_000;

  private final Path path;
  private final ServerSocketChannel listener;

  private NodeStatusSocket(Path path, ServerSocketChannel listener) {
    this.path = path;
    this.listener = listener;
  }

  /** The place that was chosen, or that of the network namespace that this process is in. */
  static Path place(@Nullable Path chosen) throws IOException {
    return chosen == null
        ? ControlFolder.adminSocket(null, ProcessImage.user()).resolveSibling("node.sock")
        : chosen;
  }

  /**
   * Listens, in the place of one that is dead.
   *
   * @param document asked for each who connects
   * @throws IOException if somebody listens there, or the kernel refuses
   */
  static NodeStatusSocket open(Path path, Supplier<String> document, Consumer<String> says)
      throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
    if (Files.exists(path)) {
      try (SocketChannel _ = SocketChannel.open(address)) {
        throw new IOException(
            "listening at " + path + ": another process does; expected another --status-socket");
      } catch (ConnectException e) {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          throw new IOException(
              "listening at " + path + ": a file is there; expected a place for a socket");
        }
        Files.delete(path);
      }
    }
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(address, BACKLOG);
      // Of the link, and so refused, should somebody have put one in its place.
      try (OpenedPath made = OpenedPath.itself(path)) {
        Files.setPosixFilePermissions(made.path(), PosixFilePermissions.fromString("rw-------"));
      }
    } catch (IOException e) {
      listener.close();
      throw new IOException("listening at " + path + ": " + e.getMessage(), e);
    }
    NodeStatusSocket socket = new NodeStatusSocket(path, listener);
    Thread.ofPlatform().name("sluice-status").daemon().start(() -> socket.serve(document, says));
    return socket;
  }

  private void serve(Supplier<String> document, Consumer<String> says) {
    while (listener.isOpen()) {
      try (SocketChannel client = listener.accept()) {
        answer(client, document.get());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        says.accept("status: " + e.getMessage());
        // Without a descriptor to spare, the next call fails at once, and so on.
        LockSupport.parkNanos(RESPITE_NANOS);
      } catch (RuntimeException e) {
        // This question has no answer; the next one may have.
        says.accept("status: " + e);
      }
    }
  }

  /** Whoever doesn't read loses what finds no room in the socket, and keeps nobody waiting. */
  private static void answer(SocketChannel client, String document) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(document.getBytes(StandardCharsets.UTF_8));
    client.configureBlocking(false);
    client.write(bytes);
    for (int pause = 0; bytes.hasRemaining() && pause < MOST_PAUSES; pause++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      client.write(bytes);
    }
  }

  /**
   * What the process that listens there says.
   *
   * @throws IOException if none does; the message is for the user
   */
  static String ask(Path path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IOException(
          "asking the node's proxy at "
              + path
              + ": "
              + e.getMessage()
              + "; expected 'sluice node' to run in this network namespace, or --status-socket",
          e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
    ControlFolder.removeIfEmpty(path);
  }
}
