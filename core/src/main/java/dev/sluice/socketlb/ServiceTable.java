// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.MapBatch;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapType;
import java.io.IOException;
import java.util.List;

/**
 * The table in force: what is in the one place of the map {@code tables}. Read whole, replaced
 * whole. Borrows the map; confined to one thread.
 */
final class ServiceTable {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  private final BpfMap tables;

  ServiceTable(BpfMap tables) {
    this.tables = tables;
  }

  /** Every entry; none if there is no table yet. */
  List<TableEntry> read() throws SyscallException {
    byte[] id = tables.lookup(FIRST);
    if (id == null) {
      return List.of();
    }
    try (BpfMap table = BpfMap.openById(TableLayout.over(id).getInt())) {
      return MapBatch.of(table).readAll().stream().map(TableEntry::decode).toList();
    }
  }

  /**
   * Puts {@code image} in force. Programs see the table before or this one, and once this returns
   * none uses the one before any more: the kernel waits for that.
   */
  void replace(TableImage image, Rollback rollback) throws IOException {
    MapShape shape =
        MapShape.of(
            MapType.HASH,
            TableLayout.KEY_BYTES,
            TableLayout.VALUE_BYTES,
            Math.max(1, image.entries()),
            0);
    byte[] former = tables.lookup(FIRST);
    BpfMap before = former == null ? null : BpfMap.openById(TableLayout.over(former).getInt());
    try (BpfMap table = BpfMap.create("sluice_table", shape)) {
      MapBatch.of(table).putAll(image.toMapEntries());
      put(table);
    } catch (IOException e) {
      if (before != null) {
        before.close();
      }
      throw e;
    }
    if (before == null) {
      rollback.add(() -> tables.delete(FIRST));
    } else {
      rollback.add(() -> put(before), before::close);
    }
  }

  private void put(BpfMap table) throws SyscallException {
    byte[] descriptor = new byte[Integer.BYTES];
    TableLayout.over(descriptor).putInt(table.descriptor().number());
    tables.put(FIRST, descriptor);
  }
}
