// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.TypedMap;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings a set of services into force on a cgroup, as one change. Everything lives in the kernel:
 * it goes on when this process has ended, and the next run takes over from there. Blocks its
 * caller; one at a time on a cgroup.
 */
public final class LoadBalancer {
  private static final byte[] FIRST = new byte[Integer.BYTES];
  private static final int NAME_BYTES = 168;

  private LoadBalancer() {}

  /**
   * What shall be in force.
   *
   * @param sets all of them; a set that isn't named here is gone
   * @param scope whose connections
   * @param hostCookie of the network namespace that counts as the host's
   * @param nodeAddresses where node ports are reached
   */
  public record Change(
      Collection<BackendSet> sets,
      Scope scope,
      long hostCookie,
      Collection<InetAddress> nodeAddresses) {}

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
   * @throws IOException if anything is refused; what was in force before is in force
   */
  public static Applied apply(Path bpfFileSystem, Path cgroupPath, Change change)
      throws IOException {
    try (Cgroup cgroup = Cgroup.open(cgroupPath);
        Rollback rollback = new Rollback()) {
      PinnedFeature place =
          PinnedFeature.at(bpfFileSystem, Feature.LOAD_BALANCER, CgroupFolder.id(cgroupPath));
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
    TypedMap<Integer, String> names = names(loaded.map("names"));
    List<TableEntry> before = table.read();
    TableIds ids = new TableIds();
    forgetGoneNames(names, before).forEach((id, name) -> ids.knowSet(name, id));
    for (TableEntry entry : before) {
      if (entry instanceof TableEntry.Backend backend) {
        ids.knowBackend(backend.address(), backend.id());
      }
    }
    TableImage image = TableImage.of(change.sets(), change.nodeAddresses(), ids);
    addNames(names, image.names(), rollback);
    table.replace(image, rollback);
    putSettings(loaded.map("settings"), change, rollback);
    return new Applied(image.entries(), change.sets().size());
  }

  /** A run that was killed may have left names of sets that never came into force. */
  private static Map<Integer, String> forgetGoneNames(
      TypedMap<Integer, String> names, List<TableEntry> table) throws IOException {
    Set<Integer> present = new HashSet<>();
    for (TableEntry entry : table) {
      switch (entry) {
        case TableEntry.ServiceIp service -> present.add(service.set());
        case TableEntry.NodePort nodePort -> present.add(nodePort.set());
        case TableEntry.Backend backend -> present.add(backend.set());
        case TableEntry.NodeAddress _ -> {}
      }
    }
    Map<Integer, String> known = new HashMap<>(names.readAll());
    List<Integer> gone = new ArrayList<>(known.keySet());
    gone.removeAll(present);
    names.deleteAll(gone);
    known.keySet().retainAll(present);
    return known;
  }

  private static void addNames(
      TypedMap<Integer, String> names, Map<Integer, String> wanted, Rollback rollback)
      throws IOException {
    Map<Integer, String> fresh = new HashMap<>(wanted);
    fresh.keySet().removeAll(names.readAll().keySet());
    rollback.add(() -> names.deleteAll(fresh.keySet()));
    names.putAll(fresh);
  }

  private static void putSettings(BpfMap settings, Change change, Rollback rollback)
      throws IOException {
    byte[] before = settings.lookup(FIRST);
    byte[] former = before == null ? new byte[Settings.BYTES] : before;
    byte[] wanted = Settings.decode(former).withScope(change.scope(), change.hostCookie()).encode();
    if (!Arrays.equals(former, wanted)) {
      rollback.add(() -> settings.put(FIRST, former));
      settings.put(FIRST, wanted);
    }
  }

  static TypedMap<Integer, String> names(BpfMap map) {
    return TypedMap.of(map, BpfCodec.u32(), new NameCodec().codec());
  }

  /** {@code char text[168]}, ended by 0. */
  private static final class NameCodec {
    BpfCodec<String> codec() {
      return BpfCodec.of(
          NAME_BYTES,
          (name, to) -> {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            to.put(text, 0, Math.min(text.length, NAME_BYTES - 1));
          },
          from -> {
            byte[] text = new byte[NAME_BYTES];
            from.get(text);
            int end = 0;
            while (end < text.length && text[end] != 0) {
              end++;
            }
            return new String(text, 0, end, StandardCharsets.UTF_8);
          });
    }
  }
}
