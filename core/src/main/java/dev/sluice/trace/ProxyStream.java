// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.OpenedPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The socket at which a running Sluice proxy streams its access log, with or without a file: what
 * ends from now on. Found by what the process listens at, and reached inside its root folder alone.
 * Confined to one thread.
 */
final class ProxyStream implements ProxySource {
  private static final String SOCKET = "/access_log.sock";

  /** It is bound under a name with the process's number, and then given its own. */
  private static final Pattern BOUND = Pattern.compile("\\.\\d+$");

  /** A name may hold a line feed, and what follows it is then a line by itself. */
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private static final long NOT_ACCEPTED = 0;

  /** A stream that never ends is not to fill the memory. */
  private static final int MOST_BYTES = 16 << 20;

  private final Holder holder;
  private final String shown;
  private final SocketChannel channel;
  private final ByteArrayOutputStream read = new ByteArrayOutputStream();

  private ProxyStream(Holder holder, String shown, SocketChannel channel) {
    this.holder = holder;
    this.shown = shown;
    this.channel = channel;
  }

  /** Begins to read along; empty if the process has no such socket, or lets nobody in. */
  static Optional<ProxyStream> of(Holder holder) {
    Optional<String> bound = bound(holder);
    try {
      Path proc = proc(holder);
      return bound.isEmpty() ? Optional.empty() : connect(holder, proc, bound.get());
    } catch (IOException e) {
      return Optional.empty(); // It has ended, is hidden from us, or is being taken over.
    }
  }

  private static Optional<ProxyStream> connect(Holder holder, Path proc, String bound)
      throws IOException {
    try (OpenedPath socket = OpenedPath.inside(proc.resolve("root"), bound)) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        // Whoever listens there may let others wait for ever.
        channel.configureBlocking(false);
        if (!channel.connect(UnixDomainSocketAddress.of(socket.path()))) {
          throw new IOException("connecting to " + bound + ": not at once");
        }
        return Optional.of(new ProxyStream(holder, bound, channel));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }
  }

  private static Path proc(Holder holder) {
    return Path.of("/proc", Long.toString(holder.pid()));
  }

  /** The name of such a socket that the process listens at. */
  static Optional<String> bound(Holder holder) {
    try {
      return bound(proc(holder));
    } catch (IOException e) {
      return Optional.empty(); // It has ended, or is hidden from us.
    }
  }

  private static Optional<String> bound(Path proc) throws IOException {
    Set<String> inodes = null;
    for (Entry entry : entries(proc)) {
      inodes = inodes == null ? sockets(proc) : inodes;
      if (inodes.contains("socket:[" + entry.inode() + "]")) {
        return Optional.of(entry.name());
      }
    }
    return Optional.empty();
  }

  /**
   * True while somebody who has connected to such a socket waits to be accepted: what ends before
   * that is not streamed to him.
   */
  static boolean isAwaited(Holder holder) {
    try {
      return entries(proc(holder)).stream().anyMatch(entry -> entry.inode() == NOT_ACCEPTED);
    } catch (IOException e) {
      return false; // It has ended.
    }
  }

  /** A socket by a name of ours. */
  private record Entry(long inode, String name) {}

  private static List<Entry> entries(Path proc) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String line : Files.readAllLines(proc.resolve("net/unix"), StandardCharsets.ISO_8859_1)) {
      String named = BOUND.matcher(line.strip()).replaceFirst("");
      String[] fields = named.split("\\s+", 8);
      if (named.endsWith(SOCKET) && fields.length == 8 && NUMBER.matcher(fields[6]).matches()) {
        entries.add(new Entry(Long.parseLong(fields[6]), fields[7]));
      }
    }
    return entries;
  }

  private static Set<String> sockets(Path proc) throws IOException {
    Set<String> inodes = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(proc.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        try {
          inodes.add(Files.readSymbolicLink(descriptor).toString());
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
    }
    return inodes;
  }

  @Override
  public Holder holder() {
    return holder;
  }

  @Override
  public List<ProxyRecord> since(long sinceNanos, Clocks clocks) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (read.size() < MOST_BYTES && channel.read(buffer) > 0) {
      read.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
    String text = read.toString(StandardCharsets.UTF_8);
    List<ProxyRecord> records = new ArrayList<>();
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      LogLine.read(line)
          .filter(fields -> fields.isSince(sinceNanos, clocks))
          .ifPresent(
              fields ->
                  records.add(
                      new ProxyRecord(
                          holder, "stream " + shown, fields.values(), fields.nanos(clocks))));
    }
    return records;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
