// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * What the programs that capture go by at this moment, as their maps have it. Immutable.
 *
 * @param without what becomes of new connections without the proxy
 * @param silence since the proxy's last sign of life, never negative; empty if it has given none
 * @param lost connections whose real client could not be recorded, since capture was switched on
 */
public record CaptureState(Capture.Without without, Optional<Duration> silence, long lost) {
  private static final int LOST = 1;

  /**
   * Asks the kernel.
   *
   * @throws SyscallException if a map can't be read: ENOENT where it isn't pinned
   */
  static CaptureState of(InstalledFeature feature) throws SyscallException {
    try (BpfMap capture = feature.openMap("capture");
        BpfMap alive = feature.openMap("alive");
        BpfMap counters = feature.openMap("counters")) {
      byte[] now = capture.lookup(key(0));
      CaptureSettings settings =
          CaptureSettings.decode(now == null ? new byte[CaptureSettings.BYTES] : now);
      long sign = number(alive, 0);
      // The proxy writes what its own System.nanoTime says: CLOCK_MONOTONIC, as here.
      Optional<Duration> silence =
          sign == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(System.nanoTime() - sign));
      return new CaptureState(
          new Capture.Without(settings.whenDead(), settings.patience()),
          silence,
          number(counters, LOST));
    }
  }

  /** Whether the proxy has been silent for so long that it counts as dead. */
  public boolean isDead() {
    return silence.isEmpty() || silence.get().compareTo(without.patience()) >= 0;
  }

  /** In a few words. */
  String text() {
    StringBuilder text = new StringBuilder("fails ").append(without.whenDead().word());
    text.append(", the proxy's last sign of life: ");
    text.append(silence.map(since -> since.toMillis() + " ms ago").orElse("none"));
    if (isDead()) {
      text.append(" (DEAD after ").append(without.patience().toMillis()).append(" ms)");
    }
    return text.append(", ").append(lost).append(" clients not recorded").toString();
  }

  private static long number(BpfMap map, int which) throws SyscallException {
    byte[] value = map.lookup(key(which));
    return value == null ? 0 : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }

  private static byte[] key(int which) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(which).array();
  }
}
