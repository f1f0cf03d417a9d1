// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;

/**
 * TCP connections to one set of backends, counted by the kernel: {@code struct traffic} of
 * socketlb_maps.h. Immutable.
 *
 * @param denied refused at connect by a policy
 * @param opened that reached a backend
 * @param failed that reached none: refused, unreachable, timed out, or given up
 * @param closed of those that were opened; the others live
 * @param sent bytes that the other side has acknowledged, of those that were closed
 * @param received bytes, of those that were closed
 * @param roundTripsMicros the smoothed round-trip time at the end, of all that were closed together
 * @param lastedMicros from established to closed, of all that were closed together
 */
public record ServiceTraffic(
    long denied,
    long opened,
    long failed,
    long closed,
    long sent,
    long received,
    long roundTripsMicros,
    long lastedMicros) {
  /** Nothing was counted. */
  public static final ServiceTraffic NONE = new ServiceTraffic(0, 0, 0, 0, 0, 0, 0, 0);

  static final BpfCodec<ServiceTraffic> CODEC =
      BpfCodec.of(
          8 * Long.BYTES,
          (traffic, to) ->
              to.putLong(traffic.denied)
                  .putLong(traffic.opened)
                  .putLong(traffic.failed)
                  .putLong(traffic.closed)
                  .putLong(traffic.sent)
                  .putLong(traffic.received)
                  .putLong(traffic.roundTripsMicros)
                  .putLong(traffic.lastedMicros),
          from ->
              new ServiceTraffic(
                  from.getLong(),
                  from.getLong(),
                  from.getLong(),
                  from.getLong(),
                  from.getLong(),
                  from.getLong(),
                  from.getLong(),
                  from.getLong()));
}
