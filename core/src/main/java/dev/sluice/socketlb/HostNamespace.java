// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A network namespace, as far as the load balancer is concerned. Immutable.
 *
 * @param cookie what the programs know it by; never given twice while the kernel runs
 * @param addresses every address that isn't loopback or of one link alone: where node ports are
 */
public record HostNamespace(long cookie, List<InetAddress> addresses) {
  private static final Path NAMES = Path.of("/run/netns");

  /** One a line, each begins with 32 hexadecimal digits; not there without IPv6. */
  private static final Path IPV6_ADDRESSES = Path.of("/proc/thread-self/net/if_inet6");

  private static final int IPV6_BYTES = 16;

  /** Copies the list. */
  public HostNamespace {
    addresses = List.copyOf(addresses);
  }

  /**
   * The one behind {@code nameOrPath}: a name of {@code ip netns}, or a path such as {@code
   * /proc/1/ns/net}. Blocks for a moment.
   *
   * @throws IOException if there is none
   */
  public static HostNamespace of(String nameOrPath) throws IOException {
    Path path = path(nameOrPath);
    try (NetworkNamespace namespace = NetworkNamespace.open(path)) {
      return NamespaceThread.call(namespace, HostNamespace::here);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("reading the network namespace " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * What the programs know {@code namespace} by. Blocks for a moment.
   *
   * @throws IOException if the kernel doesn't say
   */
  public static long cookie(NetworkNamespace namespace) throws IOException {
    try {
      return NamespaceThread.call(namespace, HostNamespace::cookieHere);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("asking for the cookie of " + namespace + ": " + e.getMessage(), e);
    }
  }

  static Path path(String nameOrPath) {
    return nameOrPath.contains("/") ? Path.of(nameOrPath) : NAMES.resolve(nameOrPath);
  }

  private static HostNamespace here() throws IOException {
    return new HostNamespace(cookieHere(), addressesHere());
  }

  private static long cookieHere() throws IOException {
    int descriptor = Sockets.openStream(AddressFamily.INET);
    try {
      return SocketOptions.netnsCookie(descriptor);
    } finally {
      Sockets.close(descriptor);
    }
  }

  private static List<InetAddress> addressesHere() throws IOException {
    List<InetAddress> addresses = new ArrayList<>();
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address)
        .forEach(addresses::add);
    // The JDK reads IPv6 addresses from /proc/net, which is that of the process's first thread.
    if (Files.exists(IPV6_ADDRESSES)) {
      for (String line : Files.readAllLines(IPV6_ADDRESSES)) {
        addresses.add(InetAddress.getByAddress(HexFormat.of().parseHex(line, 0, 2 * IPV6_BYTES)));
      }
    }
    return addresses.stream()
        .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
        .distinct()
        .toList();
  }
}
