// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.net.ExemptMark;
import dev.sluice.net.PathReason;
import dev.sluice.socketlb.Ledger.CountedBy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The maps of a load balancer that is in the kernel, opened to be read and changed. Owns their
 * descriptors; closing it changes nothing. Confined to one thread.
 */
public final class InstalledLoadBalancer implements AutoCloseable {
  private final InstalledFeature feature;
  private final Deque<BpfMap> open = new ArrayDeque<>();

  private InstalledLoadBalancer(InstalledFeature feature) {
    this.feature = feature;
  }

  /**
   * A backend set as it is in force.
   *
   * @param name as the files had it, or its number if nobody wrote it down
   * @param frontends where it is reached, for people
   * @param affinitySeconds 0 for none
   * @param refused connections since it exists, for want of a backend or of room
   * @param backends all of them
   * @param way of its connections
   * @param traffic what became of its TCP connections since it exists
   */
  public record ListedSet(
      String name,
      List<String> frontends,
      int affinitySeconds,
      long refused,
      List<ListedBackend> backends,
      Way way,
      ServiceTraffic traffic) {}

  /**
   * Whether connections need the proxy.
   *
   * @param reason in a word
   * @param why for people
   */
  public record Way(PathReason reason, String why) {}

  /**
   * One backend of a set.
   *
   * @param lingering it takes no new connection
   * @param connections that it was given: for UDP, connects and datagrams of unconnected sockets
   */
  public record ListedBackend(InetSocketAddress address, boolean lingering, long connections) {}

  /**
   * Opens the one that there is.
   *
   * @throws IOException if there is none, or more than one
   */
  public static InstalledLoadBalancer only(Optional<Path> bpfFileSystem) throws IOException {
    List<InstalledFeature> found = new ArrayList<>();
    if (bpfFileSystem.isPresent()) {
      for (InstalledFeature feature : InstalledFeature.all(bpfFileSystem.get())) {
        if (feature.feature() == Feature.LOAD_BALANCER) {
          found.add(feature);
        }
      }
    }
    if (found.size() != 1) {
      throw new IOException(
          "looking for the load balancer: "
              + (found.isEmpty()
                  ? "there is none; make one with 'sluice lb apply'"
                  : found.size() + " are pinned; expected one, see 'sluice status'"));
    }
    return of(found.getFirst());
  }

  /**
   * Opens the one that is pinned for a cgroup.
   *
   * @return empty if there is none
   */
  public static Optional<InstalledLoadBalancer> on(Path bpfFileSystem, Path cgroup)
      throws IOException {
    long id = CgroupFolder.id(cgroup);
    return InstalledFeature.all(bpfFileSystem).stream()
        .filter(feature -> feature.feature() == Feature.LOAD_BALANCER && feature.cgroupId() == id)
        .map(InstalledLoadBalancer::of)
        .findFirst();
  }

  /** That one. */
  public static InstalledLoadBalancer of(InstalledFeature feature) {
    if (feature.feature() != Feature.LOAD_BALANCER) {
      throw new IllegalArgumentException(feature.feature() + "; expected the load balancer");
    }
    return new InstalledLoadBalancer(feature);
  }

  /** Who is exempt; valid until this is closed. */
  public Exemptions exemptions() throws IOException {
    return new Exemptions(map("exemptions"), map("settings"));
  }

  /** What sockets are marked with that need no proxy; empty if none are. */
  public Optional<ExemptMark> exemptMark() throws IOException {
    byte[] settings = map("settings").lookup(new byte[Integer.BYTES]);
    int mark = settings == null ? 0 : Settings.decode(settings).exemptMark();
    return mark == 0 ? Optional.empty() : Optional.of(new ExemptMark(mark));
  }

  /** Every set in force, by name. */
  public List<ListedSet> list() throws IOException {
    List<TableEntry> entries = new ServiceTable(map("tables")).read();
    Figures figures = Figures.of(Ledger.of(this::map));
    Map<Integer, Collected> sets = new TreeMap<>();
    for (TableEntry entry : entries) {
      switch (entry) {
        case TableEntry.ServiceIp service ->
            collected(sets, service.set()).frontend(service.toText(), service.backends());
        case TableEntry.NodePort nodePort ->
            collected(sets, nodePort.set()).frontend(nodePort.toText(), nodePort.backends());
        case TableEntry.Backend backend -> collected(sets, backend.set()).backends.add(backend);
        case TableEntry.NodeAddress _ -> {}
      }
    }
    List<ListedSet> listed = new ArrayList<>();
    sets.forEach((id, set) -> listed.add(set.listed(id, figures)));
    listed.sort((a, b) -> a.name().compareTo(b.name()));
    return listed;
  }

  /**
   * What is counted of every set.
   *
   * @return empty if something changes all the time
   */
  Optional<CountedService.All> counted() throws IOException {
    return CountedService.read(this::map);
  }

  private static Collected collected(Map<Integer, Collected> sets, int id) {
    return sets.computeIfAbsent(id, _ -> new Collected());
  }

  private BpfMap map(String name) throws IOException {
    BpfMap map = feature.openMap(name);
    open.push(map);
    return map;
  }

  @Override
  public void close() throws IOException {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  /** What the ledger has, read once. */
  private record Figures(
      Map<Integer, String> names,
      Map<Integer, String> reasons,
      Map<CountedBy, Long> counters,
      Map<Integer, ServiceTraffic> traffic) {
    static Figures of(Ledger ledger) throws IOException {
      return new Figures(ledger.names(), ledger.reasons(), ledger.counters(), ledger.traffic());
    }
  }

  private static final class Collected {
    private final List<String> frontends = new ArrayList<>();
    private final List<TableEntry.Backend> backends = new ArrayList<>();
    private int affinitySeconds;
    private int path;

    void frontend(String text, TableEntry.SetInfo info) {
      frontends.add(text);
      affinitySeconds = info.affinitySeconds();
      path = info.path();
    }

    ListedSet listed(int id, Figures figures) {
      frontends.sort(null);
      List<ListedBackend> listed = new ArrayList<>();
      for (TableEntry.Backend backend : backends) {
        if (backend.kind() != TableLayout.Kind.MEMBER) {
          listed.add(
              new ListedBackend(
                  backend.address(),
                  backend.kind() == TableLayout.Kind.LINGERING,
                  figures.counters().getOrDefault(new CountedBy(id, backend.id()), 0L)));
        }
      }
      listed.sort((a, b) -> a.address().toString().compareTo(b.address().toString()));
      return new ListedSet(
          figures.names().getOrDefault(id, "set " + id),
          List.copyOf(frontends),
          affinitySeconds,
          figures.counters().getOrDefault(new CountedBy(id, 0), 0L),
          listed,
          new Way(PathBits.reason(path), figures.reasons().getOrDefault(id, "")),
          figures.traffic().getOrDefault(id, ServiceTraffic.NONE));
    }
  }
}
