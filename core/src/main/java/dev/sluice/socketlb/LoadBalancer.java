// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.net.ExemptMark;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Brings a set of services into force on a cgroup, as one change. Everything lives in the kernel:
 * it goes on when this process has ended, and the next run takes over from there. Blocks its
 * caller; several at once do it one after the other.
 */
public final class LoadBalancer {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  private LoadBalancer() {}

  /**
   * What shall be in force.
   *
   * @param sets all of them; a set that isn't named here is gone
   * @param scope whose connections
   * @param hostCookie of the network namespace that counts as the host's
   * @param nodeAddresses where node ports are reached
   * @param exemptMark what sockets are marked with that need no proxy; empty if none are
   */
  public record Change(
      Collection<BackendSet> sets,
      Scope scope,
      long hostCookie,
      Collection<InetAddress> nodeAddresses,
      Optional<ExemptMark> exemptMark) {
    /** Marks no socket. */
    public Change(
        Collection<BackendSet> sets,
        Scope scope,
        long hostCookie,
        Collection<InetAddress> nodeAddresses) {
      this(sets, scope, hostCookie, nodeAddresses, Optional.empty());
    }
  }

  /**
   * What was done.
   *
   * @param entries of the table
   * @param sets in it
   */
  public record Applied(int entries, int sets) {}

  /**
   * Applies {@code change}, attaching the programs first where they aren't yet.
   *
   * @param bpfFileSystem where it is mounted
   * @param cgroupPath a folder of the cgroup v2 tree
   * @throws IOException if anything is refused, or another change goes on for too long; what was in
   *     force before is in force
   */
  public static Applied apply(Path bpfFileSystem, Path cgroupPath, Change change)
      throws IOException {
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      return attach(place(bpfFileSystem, cgroupPath), cgroupPath, change);
    }
  }

  /**
   * The same, where it was applied before and not been removed since: what somebody has switched
   * off stays off.
   *
   * @return empty if it isn't there any more
   */
  public static Optional<Applied> applyAgain(Path bpfFileSystem, Path cgroupPath, Change change)
      throws IOException {
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      PinnedFeature place = place(bpfFileSystem, cgroupPath);
      return place.exists() ? Optional.of(attach(place, cgroupPath, change)) : Optional.empty();
    }
  }

  private static PinnedFeature place(Path bpfFileSystem, Path cgroupPath) throws IOException {
    return PinnedFeature.at(bpfFileSystem, Feature.LOAD_BALANCER, CgroupFolder.id(cgroupPath));
  }

  private static Applied attach(PinnedFeature place, Path cgroupPath, Change change)
      throws IOException {
    try (Cgroup cgroup = Cgroup.open(cgroupPath);
        Rollback rollback = new Rollback()) {
      FeatureInstaller installer =
          new FeatureInstaller(place, cgroup, AttachOrder.unspecified(), rollback);
      // What was changed in the maps is taken back while they are open.
      try (BpfCollection loaded = installer.install();
          Rollback changes = new Rollback()) {
        Applied applied = replace(loaded, change, changes);
        changes.commit();
        rollback.commit();
        return applied;
      }
    }
  }

  private static Applied replace(BpfCollection loaded, Change change, Rollback rollback)
      throws IOException {
    ServiceTable table = new ServiceTable(loaded.map("tables"));
    Ledger ledger = Ledger.of(loaded::map);
    DepartedBackends departed = DepartedBackends.of(loaded.map("departed"), loaded.map("counters"));
    departed.finish();
    TableIds ids = ledger.numbers(table.read());
    TableImage image = TableImage.of(change.sets(), change.nodeAddresses(), ids);
    ledger.addNames(image, rollback);
    ledger.putLastSet(ids, rollback);
    ledger.putReasons(image, rollback);
    table.replace(image, rollback);
    putSettings(loaded.map("settings"), change, rollback);
    List<TableEntry> inForce = image.toMapEntries().stream().map(TableEntry::decode).toList();
    departed.take(inForce, rollback);
    ledger.keepOnly(inForce, rollback);
    departed.keepOnly(inForce, rollback);
    return new Applied(image.entries(), change.sets().size());
  }

  private static void putSettings(BpfMap settings, Change change, Rollback rollback)
      throws IOException {
    byte[] before = settings.lookup(FIRST);
    byte[] former = before == null ? new byte[Settings.BYTES] : before;
    byte[] wanted =
        Settings.decode(former)
            .with(change.scope(), change.hostCookie(), change.exemptMark())
            .encode();
    if (!Arrays.equals(former, wanted)) {
      rollback.add(() -> settings.put(FIRST, former));
      settings.put(FIRST, wanted);
    }
  }
}
