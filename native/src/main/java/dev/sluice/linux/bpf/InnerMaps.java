// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What an array of maps takes. The kernel says nothing about that; but a map that is in it has the
 * shape that all have to have, except for the number of entries, and an empty one can be tried.
 */
final class InnerMaps {
  private InnerMaps() {}

  /** What differs; empty as well if this process may not find out. */
  static List<String> differences(BpfMap array, MapShape wanted, String here)
      throws SyscallException {
    byte[] key = array.nextKey(null);
    while (key != null) {
      byte[] id = array.lookup(key);
      if (id != null) {
        return differences(
            ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt(), wanted, here);
      }
      key = array.nextKey(key);
    }
    return fits(array, wanted)
        ? List.of()
        : List.of(
            "map: another shape %s, key_size %d and value_size %d wanted"
                .formatted(here, wanted.keyBytes(), wanted.valueBytes()));
  }

  /** Nobody can miss anything: there is an empty map for a moment where there was none. */
  private static boolean fits(BpfMap array, MapShape wanted) throws SyscallException {
    byte[] first = new byte[Integer.BYTES];
    ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    try (BpfMap example = BpfMap.create("example", wanted)) {
      array.put(first, number.putInt(example.descriptor().number()).array());
      array.delete(first);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EINVAL)) {
        return false;
      }
      throw e;
    }
  }

  private static List<String> differences(int id, MapShape wanted, String here)
      throws SyscallException {
    try (BpfMap inner = BpfMap.openById(id)) {
      MapShape shape = inner.shape();
      return shape.differences(wanted.withMaxEntries(shape.maxEntries()), here);
    } catch (SyscallException e) {
      if (e.is(Errno.EPERM) || e.is(Errno.ENOENT)) {
        return List.of(); // Needs CAP_SYS_ADMIN; or it was replaced meanwhile.
      }
      throw e;
    }
  }
}
