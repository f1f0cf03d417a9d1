// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The {@code access_log.sock} of every proxy that can be found; those that come later are found
 * later. Never waits. Confined to one thread.
 */
final class ProxyStreams implements AutoCloseable {
  private static final long SEARCH_NANOS = 1_000_000_000;
  private static final int BUFFER_BYTES = 64 << 10;

  /** Of one stream in a row: others have to be read, too, and the caller has to end some time. */
  private static final int MOST_READS = 16;

  /** No line of an access log is that long. */
  private static final int LONGEST_LINE = 64 << 10;

  private final Supplier<List<Path>> sockets;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private final Map<Path, Stream> open = new LinkedHashMap<>();
  private long searchedAt;
  private boolean searched;

  private record Stream(SocketChannel channel, ByteArrayOutputStream partial) {}

  /**
   * Nothing is opened yet.
   *
   * @param sockets where they are at this moment
   */
  ProxyStreams(Supplier<List<Path>> sockets) {
    this.sockets = sockets;
  }

  /**
   * Hands over lines that have come, 1 MiB of a proxy's at most, with the socket that each came
   * from.
   */
  void poll(long now, BiConsumer<Path, ProxyLine> receiver) {
    if (!searched || now - searchedAt >= SEARCH_NANOS) {
      searched = true;
      searchedAt = now;
      sockets.get().forEach(this::connect);
    }
    Iterator<Map.Entry<Path, Stream>> each = open.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Path, Stream> entry = each.next();
      if (!read(entry.getKey(), entry.getValue(), receiver)) {
        each.remove();
        close(entry.getValue());
      }
    }
  }

  /** How many proxies tell. */
  int count() {
    return open.size();
  }

  private void connect(Path path) {
    if (open.containsKey(path)) {
      return;
    }
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.configureBlocking(false);
        if (!channel.connect(UnixDomainSocketAddress.of(path))) {
          throw new IOException("connecting to " + path + ": not at once");
        }
        open.put(path, new Stream(channel, new ByteArrayOutputStream()));
      } catch (IOException e) {
        channel.close();
      }
    } catch (IOException e) {
      // Nobody listens there, or not for us; it is tried again at the next search.
    }
  }

  private boolean read(Path path, Stream stream, BiConsumer<Path, ProxyLine> receiver) {
    try {
      for (int reads = 0; reads < MOST_READS; reads++) {
        buffer.clear();
        int read = stream.channel().read(buffer);
        if (read <= 0) {
          return read == 0;
        }
        split(path, stream.partial(), read, receiver);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void split(
      Path path, ByteArrayOutputStream partial, int bytes, BiConsumer<Path, ProxyLine> receiver) {
    for (int i = 0; i < bytes; i++) {
      byte b = buffer.get(i);
      if (b != '\n') {
        partial.write(b);
        if (partial.size() > LONGEST_LINE) {
          partial.reset();
        }
        continue;
      }
      ProxyLine.parse(path, partial.toString(StandardCharsets.UTF_8))
          .ifPresent(line -> receiver.accept(path, line));
      partial.reset();
    }
  }

  private static void close(Stream stream) {
    try {
      stream.channel().close();
    } catch (IOException e) {
      // It is gone one way or the other.
    }
  }

  @Override
  public void close() {
    open.values().forEach(ProxyStreams::close);
    open.clear();
  }
}
