// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ends sockets that are connected to a backend which no longer serves their service. Without it a
 * connected UDP socket, such as a resolver's, goes on sending to a deleted pod for ever: the
 * address was chosen once, at connect, and nothing tells the application.
 *
 * <p>Nothing else is ended. A socket is one of these only if the load balancer has connected it and
 * it is still connected to the backend that was chosen then; the kernel finds it by cookie,
 * protocol and addresses at the moment it ends it. A socket that dialled the backend's own address
 * has no record, one that dialled anew has another record or none, and unconnected UDP sockets have
 * none either: each of their datagrams is given a backend of its own.
 *
 * <p>Works in every network namespace of the machine, with CAP_SYS_ADMIN, CAP_NET_ADMIN and the
 * machine's pid namespace; CAP_BPF and CAP_PERFMON for the iterator. Owns that iterator and borrows
 * the map. Blocks its caller; confined to one thread.
 */
public final class Reaper implements AutoCloseable {
  /** From the choice of a backend to a connected socket it takes the kernel microseconds. */
  private static final long SETTLING_NANOS = 20_000_000;

  private final SocketTable table;

  private Reaper(SocketTable table) {
    this.table = table;
  }

  /**
   * Prepares to reap; meant to be kept where services change all the time.
   *
   * @param reverse the load balancer's map of that name
   * @throws IOException if the kernel can't list its sockets, see {@code reaper.bpf.c}
   */
  public static Reaper over(BpfMap reverse) throws IOException {
    return new Reaper(SocketTable.over(reverse));
  }

  /**
   * Who serves whom, asked after the sockets have been listed: a socket may have been given a
   * backend that an answer from before doesn't know yet.
   */
  public interface Serving {
    /**
     * As it is in force now: true for a backend that serves the service, also for one that only
     * keeps the connections that it has.
     */
    Predicate<SocketTranslation> now() throws IOException;
  }

  /**
   * Reaps once, by the table in force.
   *
   * @param bpfFileSystem where the load balancer's pins are
   * @param cgroupPath what it is attached to
   * @throws IOException if there is none, or the kernel can't list its sockets
   */
  public static ReapReport reap(Path bpfFileSystem, Path cgroupPath) throws IOException {
    try (StandingReaper reaper = StandingReaper.open(bpfFileSystem, cgroupPath)) {
      return reaper.reap();
    }
  }

  /**
   * Ends the sockets whose backend does not serve their service any more.
   *
   * @throws IOException if sockets or namespaces can't be listed; what goes wrong with one socket
   *     is in the report
   */
  public ReapReport reap(Serving serving) throws IOException {
    Listing listing = list(serving);
    if (listing.isUnsettled()) {
      LockSupport.parkNanos(SETTLING_NANOS);
      listing = list(serving);
    }
    List<SocketTableEntry> stale = listing.stale();
    int connected = listing.sockets().size();
    if (stale.isEmpty()) {
      return new ReapReport(connected, List.of());
    }
    // Before the end of the sockets: an owner may react to it by closing.
    Map<Long, List<SocketHolder>> owners = SocketHolders.find(inodes(stale));
    List<StaleSocket> report = new ArrayList<>();
    end(stale, owners)
        .forEach(
            (socket, fate) -> report.add(new StaleSocket(socket, ownersOf(socket, owners), fate)));
    return new ReapReport(connected, report);
  }

  private Listing list(Serving serving) throws IOException {
    List<SocketTableEntry> sockets = table.read();
    return new Listing(sockets, serving.now());
  }

  /** The order matters: see {@link Serving}. */
  private record Listing(List<SocketTableEntry> sockets, Predicate<SocketTranslation> serving) {
    List<SocketTableEntry> stale() {
      return unserved().filter(SocketTableEntry::isWithItsBackend).toList();
    }

    /**
     * True if a connect may be under way: the backend is chosen before the socket gets its peer. A
     * socket that was disconnected or ended looks the same until it is closed.
     */
    boolean isUnsettled() {
      return unserved().anyMatch(socket -> socket.state() == TcpState.CLOSE);
    }

    private Stream<SocketTableEntry> unserved() {
      return sockets.stream().filter(socket -> !serving.test(socket.translation()));
    }
  }

  private static Set<Long> inodes(List<SocketTableEntry> sockets) {
    Set<Long> inodes = new HashSet<>();
    sockets.forEach(socket -> inodes.add(socket.inode()));
    inodes.remove(0L);
    return inodes;
  }

  private static List<SocketHolder> ownersOf(
      SocketTableEntry socket, Map<Long, List<SocketHolder>> owners) {
    return owners.getOrDefault(socket.inode(), List.of());
  }

  private static Map<SocketTableEntry, StaleSocketFate> end(
      List<SocketTableEntry> stale, Map<Long, List<SocketHolder>> owners) throws IOException {
    Map<Long, List<SocketTableEntry>> byNamespace =
        stale.stream().collect(Collectors.groupingBy(SocketTableEntry::namespace));
    Map<SocketTableEntry, StaleSocketFate> fates = new LinkedHashMap<>();
    try (StaleSocketNamespaces namespaces = StaleSocketNamespaces.find(byNamespace.keySet())) {
      byNamespace.forEach(
          (inode, sockets) -> {
            List<SocketHolder> ways =
                sockets.stream().flatMap(socket -> ownersOf(socket, owners).stream()).toList();
            try {
              fates.putAll(endIn(namespaces.open(inode, ways), sockets));
            } catch (IOException e) {
              String why = String.valueOf(e.getMessage());
              sockets.forEach(socket -> fates.put(socket, new StaleSocketFate.Survived(why)));
            }
          });
    }
    return fates;
  }

  private static Map<SocketTableEntry, StaleSocketFate> endIn(
      NetworkNamespace namespace, List<SocketTableEntry> sockets) throws IOException {
    // Opened inside, it belongs to that namespace wherever it is used.
    try (SocketDiagnostics diagnostics = NamespaceThread.call(namespace, SocketDiagnostics::open)) {
      return new ReaperSweep(diagnostics).end(sockets);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("ending sockets in " + namespace, e);
    }
  }

  /** Lets go of the iterator; idempotent. */
  @Override
  public void close() throws IOException {
    table.close();
  }
}
