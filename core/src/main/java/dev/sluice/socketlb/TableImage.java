// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.socketlb.TableLayout.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole table as the programs read it, ready to be written in one batch. A change of services is
 * always a new table: it is filled beside the one in force and takes its place by one update, so no
 * program ever sees half of a change. Immutable once made; plain memory, no kernel.
 *
 * @param entries how many
 * @param keys {@code entries} times {@link TableLayout#KEY_BYTES}
 * @param values {@code entries} times {@link TableLayout#VALUE_BYTES}
 * @param names of the sets, by id
 * @param reasons why their connections need the proxy, or not, by id
 */
@SuppressWarnings(
    "ArrayRecordComponent") // compared by nobody; a hundred thousand entries are not copied
record TableImage(
    int entries,
    byte[] keys,
    byte[] values,
    Map<Integer, String> names,
    Map<Integer, String> reasons) {

  /**
   * Builds the table of {@code sets}.
   *
   * @param nodeAddresses where node ports are reached, besides loopback
   * @param ids knows the numbers of the table before
   */
  static TableImage of(
      Collection<BackendSet> sets, Collection<InetAddress> nodeAddresses, TableIds ids) {
    int count = nodeAddresses.size();
    for (BackendSet set : sets) {
      count += entriesOf(set);
    }
    Writer writer = new Writer(count, ids);
    nodeAddresses.forEach(writer::nodeAddress);
    sets.forEach(writer::set);
    return new TableImage(
        count,
        writer.keyBytes,
        writer.valueBytes,
        Map.copyOf(writer.names),
        Map.copyOf(writer.reasons));
  }

  private static int entriesOf(BackendSet set) {
    int frontends = set.frontend().addresses().size() + (set.frontend().nodePort() == 0 ? 0 : 1);
    int members = set.affinitySeconds() == 0 ? 0 : set.chosen().size();
    return frontends + set.chosen().size() + members + set.lingering().size();
  }

  /** What is written into the map. */
  List<MapEntry> toMapEntries() {
    ByteBuffer allKeys = ByteBuffer.wrap(keys);
    ByteBuffer allValues = ByteBuffer.wrap(values);
    MapEntry[] each = new MapEntry[entries];
    for (int i = 0; i < each.length; i++) {
      byte[] key = new byte[TableLayout.KEY_BYTES];
      byte[] value = new byte[TableLayout.VALUE_BYTES];
      allKeys.get(key);
      allValues.get(value);
      each[i] = MapEntry.of(key, value);
    }
    return List.of(each);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableImage that
        && Arrays.equals(keys, that.keys)
        && Arrays.equals(values, that.values)
        && names.equals(that.names)
        && reasons.equals(that.reasons);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(keys);
  }

  private static final class Writer {
    final byte[] keyBytes;
    final byte[] valueBytes;
    private final ByteBuffer keys;
    private final ByteBuffer values;
    final Map<Integer, String> names = new LinkedHashMap<>();
    final Map<Integer, String> reasons = new LinkedHashMap<>();
    private final TableIds ids;

    Writer(int count, TableIds ids) {
      this.keyBytes = new byte[Math.multiplyExact(count, TableLayout.KEY_BYTES)];
      this.valueBytes = new byte[Math.multiplyExact(count, TableLayout.VALUE_BYTES)];
      this.keys = TableLayout.over(keyBytes);
      this.values = TableLayout.over(valueBytes);
      this.ids = ids;
    }

    void nodeAddress(InetAddress address) {
      TableLayout.putNodeAddressKey(keys, address);
      TableLayout.putNothing(values);
    }

    void set(BackendSet set) {
      int id = ids.ofSet(set.name());
      names.put(id, set.name());
      reasons.put(id, set.path().why());
      frontends(set, id);
      List<InetSocketAddress> chosen = set.chosen();
      for (int slot = 0; slot < chosen.size(); slot++) {
        backend(Kind.SLOT, id, slot, chosen.get(slot));
        if (set.affinitySeconds() != 0) {
          backend(Kind.MEMBER, id, ids.ofBackend(chosen.get(slot)), chosen.get(slot));
        }
      }
      for (InetSocketAddress lingering : set.lingering()) {
        backend(Kind.LINGERING, id, ids.ofBackend(lingering), lingering);
      }
    }

    private void frontends(BackendSet set, int id) {
      BackendSet.Frontend frontend = set.frontend();
      for (InetAddress address : frontend.addresses()) {
        TableLayout.putServiceKey(keys, frontend.protocol(), address, frontend.port());
        TableLayout.putService(
            values,
            id,
            set.chosen().size(),
            set.affinitySeconds(),
            PathBits.ofServiceIp(set.path()));
      }
      if (frontend.nodePort() != 0) {
        TableLayout.putNodePortKey(keys, frontend.protocol(), frontend.ipv6(), frontend.nodePort());
        TableLayout.putService(
            values,
            id,
            set.chosen().size(),
            set.affinitySeconds(),
            PathBits.ofNodePort(set.path()));
      }
    }

    private void backend(Kind kind, int id, int number, InetSocketAddress address) {
      TableLayout.putBackendKey(keys, kind, id, number);
      TableLayout.putBackend(values, address, ids.ofBackend(address));
    }
  }
}
