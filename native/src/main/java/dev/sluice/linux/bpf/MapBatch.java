// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Many entries of a map in one call (Linux 5.6; socket maps and storage have none of it). A batch
 * is not one change: programs see entries come one after the other, and after an error those before
 * it stay. Thread-safe, borrows the map.
 */
public final class MapBatch {
  private static final int FIRST_ROOM = 4096;

  /** Keeps the memory of one call small. */
  private static final int MOST_AT_ONCE = 16_384;

  private final BpfMap map;

  private MapBatch(BpfMap map) {
    this.map = map;
  }

  /** Batches on that map. */
  public static MapBatch of(BpfMap map) {
    return new MapBatch(map);
  }

  /**
   * All entries. A hash that changes meanwhile may show an entry twice or, if it came meanwhile,
   * not at all; what was there all the time is there.
   */
  public List<MapEntry> readAll() throws SyscallException {
    List<MapEntry> found = new ArrayList<>();
    int room = Math.min(FIRST_ROOM, Math.max(1, map.shape().maxEntries()));
    byte[] position = new byte[0];
    while (true) {
      int tokenBytes = Math.max(map.shape().keyBytes(), Integer.BYTES);
      try (BpfAttr attr = attr().u32(Batch.COUNT, room).bytes(Batch.IN_BATCH, position)) {
        BpfAttr.Output next = attr.output(Batch.OUT_BATCH, tokenBytes);
        BpfAttr.Output keys = attr.output(Batch.KEYS, room * map.shape().keyBytes());
        BpfAttr.Output values = attr.output(Batch.VALUES, room * map.shape().valueBytes());
        int result = attr.call(BpfCommand.BPF_MAP_LOOKUP_BATCH);
        if (Errno.ENOSPC.returnedBy(result)) {
          room *= 2; // A bucket of the hash has more entries than there was room for.
          continue;
        }
        boolean end = Errno.ENOENT.returnedBy(result);
        if (result < 0 && !end) {
          throw failure(BpfCommand.BPF_MAP_LOOKUP_BATCH, -result, found.size());
        }
        collect(found, keys, values, attr.u32(Batch.COUNT));
        if (end) {
          return found;
        }
        position = next.bytes(tokenBytes);
      }
    }
  }

  /**
   * Puts all entries, whether they are there or not.
   *
   * @throws SyscallException E2BIG if the map is full; the message says how many were put before
   */
  public void putAll(List<MapEntry> entries) throws SyscallException {
    for (int from = 0; from < entries.size(); from += MOST_AT_ONCE) {
      putSome(entries.subList(from, Math.min(entries.size(), from + MOST_AT_ONCE)), from);
    }
  }

  /** Removes all keys that are there, and returns how many were. */
  public int deleteAll(List<byte[]> keys) throws SyscallException {
    int deleted = 0;
    int from = 0;
    while (from < keys.size()) {
      List<byte[]> some = keys.subList(from, Math.min(keys.size(), from + MOST_AT_ONCE));
      try (BpfAttr attr = attr().u32(Batch.COUNT, some.size()).bytes(Batch.KEYS, joined(some))) {
        int result = attr.call(BpfCommand.BPF_MAP_DELETE_BATCH);
        int done = attr.u32(Batch.COUNT);
        deleted += done;
        from += done;
        if (Errno.ENOENT.returnedBy(result)) {
          from++; // That one isn't there; the kernel stopped at it.
        } else if (result < 0) {
          throw failure(BpfCommand.BPF_MAP_DELETE_BATCH, -result, deleted);
        }
      }
    }
    return deleted;
  }

  private void putSome(List<MapEntry> entries, int before) throws SyscallException {
    List<byte[]> keys = new ArrayList<>(entries.size());
    List<byte[]> values = new ArrayList<>(entries.size());
    for (MapEntry entry : entries) {
      map.checkSize("key", entry.key(), map.shape().keyBytes());
      map.checkSize("value", entry.value(), map.shape().valueBytes());
      keys.add(entry.key());
      values.add(entry.value());
    }
    try (BpfAttr attr =
        attr()
            .u32(Batch.COUNT, entries.size())
            .bytes(Batch.KEYS, joined(keys))
            .bytes(Batch.VALUES, joined(values))) {
      int result = attr.call(BpfCommand.BPF_MAP_UPDATE_BATCH);
      if (result < 0) {
        throw failure(BpfCommand.BPF_MAP_UPDATE_BATCH, -result, before + attr.u32(Batch.COUNT));
      }
    }
  }

  private void collect(
      List<MapEntry> found, BpfAttr.Output keys, BpfAttr.Output values, int count) {
    int keyBytes = map.shape().keyBytes();
    int valueBytes = map.shape().valueBytes();
    byte[] allKeys = keys.bytes(count * keyBytes);
    byte[] allValues = values.bytes(count * valueBytes);
    for (int i = 0; i < count; i++) {
      found.add(
          MapEntry.of(
              Arrays.copyOfRange(allKeys, i * keyBytes, (i + 1) * keyBytes),
              Arrays.copyOfRange(allValues, i * valueBytes, (i + 1) * valueBytes)));
    }
  }

  private SyscallException failure(BpfCommand command, int errno, int done) {
    String hint =
        Errno.of(errno) == Errno.E2BIG
            ? "the map is full: it has room for " + map.shape().maxEntries()
            : BpfCall.hint(errno);
    return new SyscallException(
        "bpf(" + command + ")", errno, "in " + map + " after " + done + " entries", hint);
  }

  private BpfAttr attr() {
    return BpfAttr.of(Batch.BYTES).u32(Batch.MAP_FD, map.descriptor().number());
  }

  private static byte[] joined(List<byte[]> parts) {
    int each = parts.isEmpty() ? 0 : parts.getFirst().length;
    byte[] all = new byte[parts.size() * each];
    for (int i = 0; i < parts.size(); i++) {
      System.arraycopy(parts.get(i), 0, all, i * each, each);
    }
    return all;
  }
}
