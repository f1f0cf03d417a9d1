// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.rules.Family;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A TCP socket that listens, by {@code /proc/net/tcp} and {@code tcp6}; proc_pid_net(5). Immutable.
 *
 * @param user who made it
 * @param socket its inode number
 */
public record Listener(Family family, int port, long user, long socket) {
  private static final String LISTENING = "0A";

  /**
   * Those of the calling thread's network namespace. One of IPv6 that serves IPv4 too is there
   * twice.
   *
   * @param ports for which that has to be known
   */
  static List<Listener> here(Set<Integer> ports) throws IOException {
    List<Listener> found = new ArrayList<>();
    add(Family.IPV4, Path.of("/proc/thread-self/net/tcp"), found);
    add(Family.IPV6, Path.of("/proc/thread-self/net/tcp6"), found);
    for (Listener each : List.copyOf(found)) {
      boolean alone =
          found.stream().noneMatch(other -> other.family == Family.IPV4 && other.port == each.port);
      if (alone && ports.contains(each.port) && isTakenForIpv4(each.port)) {
        found.add(new Listener(Family.IPV4, each.port, each.user, each.socket));
      }
    }
    return found;
  }

  /** No table says it; the kernel refuses a second socket where somebody listens. */
  private static boolean isTakenForIpv4(int port) throws IOException {
    int socket = Sockets.openStream(AddressFamily.INET);
    try {
      SocketOptions.setReuseAddress(socket, true);
      InetSocketAddress everywhere = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port);
      return Errno.EADDRINUSE.returnedBy(Sockets.tryBind(socket, AddressFamily.INET, everywhere));
    } finally {
      Sockets.close(socket);
    }
  }

  private static void add(Family family, Path table, List<Listener> found) throws IOException {
    if (!Files.exists(table)) {
      return; // No IPv6 in this kernel.
    }
    for (String line : Files.readAllLines(table)) {
      String[] fields = line.strip().split("\\s+", -1);
      if (fields.length > 9 && fields[3].equals(LISTENING)) {
        int port = Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16);
        found.add(new Listener(family, port, Long.parseLong(fields[7]), Long.parseLong(fields[9])));
      }
    }
  }
}
