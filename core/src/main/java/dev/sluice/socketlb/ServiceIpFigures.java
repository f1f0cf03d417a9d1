// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the programs that give the service IP back have counted; see {@code serviceip.bpf.c}. */
final class ServiceIpFigures {
  private static final int GIVEN_BACK = 0;
  private static final int LOST = 1;

  private ServiceIpFigures() {}

  /** In a few words; also says when something runs before the recorder. */
  static String text(InstalledFeature feature, Optional<Path> folder) throws IOException {
    StringBuilder text = new StringBuilder();
    try (BpfMap counters = feature.openMap("counters")) {
      text.append(count(counters, GIVEN_BACK)).append(" connections joined with their clients, ");
      text.append(count(counters, LOST)).append(" lost because too many waited");
    } catch (SyscallException e) {
      text.append("its counters can't be read: ").append(e.getMessage());
    }
    if (folder.isPresent()) {
      List<String> before = new HookPath(folder.get()).before(feature.place());
      if (!before.isEmpty()) {
        text.append(", TOO LATE: ").append(String.join("; ", before));
      }
    }
    return text.toString();
  }

  private static long count(BpfMap counters, int which) throws SyscallException {
    ByteBuffer key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    byte[] value = counters.lookup(key.putInt(which).array());
    return value == null ? 0 : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }
}
