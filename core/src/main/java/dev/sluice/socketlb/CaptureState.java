// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static java.util.stream.Collectors.joining;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.model.IpFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What the programs that capture go by at this moment, as their maps have it. Immutable.
 *
 * @param without what becomes of new connections without the proxy
 * @param listening the families of which arriving connections have a listener to go to
 * @param silence since the proxy's last sign of life, never negative; empty if it has given none
 * @param lost connections whose real client could not be recorded, since capture was switched on
 */
public record CaptureState(
    Capture.Without without, Set<IpFamily> listening, Optional<Duration> silence, long lost) {
  private static final int LOST = 1;

  /** Copies the set. */
  public CaptureState {
    listening = Set.copyOf(listening);
  }

  /**
   * Asks the kernel.
   *
   * @throws SyscallException if a map can't be read: ENOENT where it isn't pinned
   */
  static CaptureState of(InstalledFeature feature) throws SyscallException {
    try (BpfMap capture = feature.openMap("capture");
        BpfMap listeners = feature.openMap("listeners");
        BpfMap alive = feature.openMap("alive");
        BpfMap counters = feature.openMap("counters")) {
      byte[] now = capture.lookup(key(0));
      CaptureSettings settings =
          CaptureSettings.decode(now == null ? new byte[CaptureSettings.BYTES] : now);
      return new CaptureState(
          new Capture.Without(settings.whenDead(), settings.patience()),
          listening(listeners),
          silence(alive),
          lost(counters));
    }
  }

  private static Set<IpFamily> listening(BpfMap listeners) throws SyscallException {
    Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    for (IpFamily family : IpFamily.values()) {
      // The kernel takes a listener out when it is closed.
      if (listeners.lookup(key(CaptureChannel.placeOf(family))) != null) {
        families.add(family);
      }
    }
    return families;
  }

  /** The proxy writes what its own System.nanoTime says: CLOCK_MONOTONIC, as here. */
  private static Optional<Duration> silence(BpfMap alive) throws SyscallException {
    long sign = number(alive, 0);
    return sign == 0
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, System.nanoTime() - sign)));
  }

  /** Whether the programs take the proxy for dead: it has no listener, or was silent too long. */
  public boolean isDead() {
    return listening.isEmpty()
        || silence.isEmpty()
        || silence.get().compareTo(without.patience()) >= 0;
  }

  /** In a few words. */
  String text() {
    return "fails "
        + without.whenDead().word()
        + (isDead() ? ", the proxy is DEAD: " : ", the proxy serves: ")
        + (listening.isEmpty() ? "no listener" : "listens for " + families())
        + ", last sign of life "
        + silence.map(since -> since.toMillis() + " ms ago").orElse("never")
        + " (patience "
        + without.patience().toMillis()
        + " ms), "
        + lost
        + " clients not recorded";
  }

  private String families() {
    return listening.stream().sorted().map(IpFamily::toString).collect(joining(" and "));
  }

  /** What the map {@code counters} says of it. */
  static long lost(BpfMap counters) throws SyscallException {
    return number(counters, LOST);
  }

  private static long number(BpfMap map, int which) throws SyscallException {
    byte[] value = map.lookup(key(which));
    return value == null ? 0 : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }

  private static byte[] key(int which) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(which).array();
  }
}
