// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The proxy's TCP ports, held by {@link LiveCheck} for a moment: all of them during every probe, so
 * that one which arrives at the wrong port is seen. Confined to one thread, which closes it.
 */
final class ProbeListeners implements AutoCloseable {
  private static final int BACKLOG = 16;

  private final Map<Place, Integer> descriptors = new LinkedHashMap<>();

  private ProbeListeners() {}

  private record Place(AddressFamily family, int port) {}

  /** Opens one socket for each port that a probe by TCP should arrive at. */
  static ProbeListeners open(List<LiveProbe> probes, SocketOwner proxy) throws SyscallException {
    ProbeListeners listeners = new ProbeListeners();
    try {
      for (LiveProbe probe : probes) {
        Place place = new Place(probe.family(), probe.listenerPort());
        if (probe.kind() != LiveProbe.Kind.DNS_BY_UDP
            && !listeners.descriptors.containsKey(place)) {
          listeners.open(place, proxy);
        }
      }
      return listeners;
    } catch (SyscallException e) {
      listeners.close();
      throw e;
    }
  }

  private void open(Place place, SocketOwner proxy) throws SyscallException {
    int descriptor = proxy.openStream(place.family());
    descriptors.put(place, descriptor);
    if (place.family() == AddressFamily.INET6) {
      SocketOptions.setIpv6Only(descriptor, true);
    }
    SocketOptions.setReuseAddress(descriptor, true);
    allowForeignDestinations(descriptor, place.family());
    // Every address: TPROXY leaves the destination as it was.
    bind(descriptor, place.family(), new InetSocketAddress(anyAddress(place), place.port()));
    Sockets.listen(descriptor, BACKLOG);
  }

  private static InetAddress anyAddress(Place place) {
    return InetAddress.ofLiteral(place.family() == AddressFamily.INET ? "0.0.0.0" : "::");
  }

  /** What TPROXY steers arrives at a transparent listener only; REDIRECT does without. */
  private static void allowForeignDestinations(int descriptor, AddressFamily family)
      throws SyscallException {
    try {
      SocketOptions.setIpTransparent(descriptor, family, true);
    } catch (SyscallException e) {
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
    }
  }

  /** Binds in place of the proxy, and says it when that is running already. */
  static void bind(int descriptor, AddressFamily family, InetSocketAddress address)
      throws SyscallException {
    int result = Sockets.tryBind(descriptor, family, address);
    if (result < 0) {
      throw new SyscallException(
          "bind",
          -result,
          "to " + AddressText.of(address),
          Errno.EADDRINUSE.returnedBy(result)
              ? "another process listens there; expected the port to be free during the check"
              : "");
    }
  }

  /** The listeners of {@code family}: by port, the descriptor, which stays this object's. */
  Map<Integer, Integer> of(AddressFamily family) {
    Map<Integer, Integer> found = new LinkedHashMap<>();
    descriptors.forEach(
        (place, descriptor) -> {
          if (place.family() == family) {
            found.put(place.port(), descriptor);
          }
        });
    return found;
  }

  @Override
  public void close() {
    descriptors.values().forEach(Sockets::close);
    descriptors.clear();
  }
}
