// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.OptionalLong;

/**
 * A copy of {@code struct tcp_info} ({@code linux/tcp.h}) with as many bytes as the kernel
 * returned: each release appends fields, none moves. Immutable.
 */
public final class TcpInfoFields {
  /** Up to tcpi_bytes_received (Linux 4.1); what follows is not read. */
  static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
          JAVA_BYTE.withName("state"),
          MemoryLayout.paddingLayout(7), // ca_state to the bit fields
          JAVA_INT.withName("rto"),
          JAVA_INT.withName("ato"),
          JAVA_INT.withName("snd_mss"),
          JAVA_INT.withName("rcv_mss"),
          JAVA_INT.withName("unacked"),
          MemoryLayout.sequenceLayout(10, JAVA_INT).withName("sacked_to_rcv_ssthresh"),
          JAVA_INT.withName("rtt"),
          JAVA_INT.withName("rttvar"),
          MemoryLayout.sequenceLayout(6, JAVA_INT).withName("snd_ssthresh_to_rcv_space"),
          JAVA_INT.withName("total_retrans"),
          JAVA_LONG.withName("pacing_rate"),
          JAVA_LONG.withName("max_pacing_rate"),
          JAVA_LONG.withName("bytes_acked"),
          JAVA_LONG.withName("bytes_received"));

  /** What every kernel since 2.6 returns: all up to tcpi_total_retrans. */
  static final long MINIMUM_BYTES = offset("pacing_rate");

  private static final long UNACKED = offset("unacked");
  private static final long RTT = offset("rtt");
  private static final long RTTVAR = offset("rttvar");
  private static final long TOTAL_RETRANS = offset("total_retrans");
  private static final long BYTES_ACKED = offset("bytes_acked");
  private static final long BYTES_RECEIVED = offset("bytes_received");

  private final MemorySegment fields;

  private TcpInfoFields(MemorySegment fields) {
    this.fields = fields;
  }

  static TcpInfoFields copyOf(MemorySegment returned) {
    if (returned.byteSize() < MINIMUM_BYTES) {
      throw new IllegalStateException(
          "reading TCP_INFO of "
              + returned.byteSize()
              + " bytes: expected at least "
              + MINIMUM_BYTES);
    }
    // Into a long[], so that 64-bit fields stay aligned.
    MemorySegment copy = MemorySegment.ofArray(new long[(int) (returned.byteSize() + 7) / 8]);
    copy.copyFrom(returned);
    return new TcpInfoFields(copy.asSlice(0, returned.byteSize()));
  }

  /** tcpi_state, a number of {@code net/tcp_states.h}. */
  public int state() {
    return fields.get(JAVA_BYTE, 0);
  }

  /** tcpi_unacked, segments. */
  public long unacked() {
    return unsigned32(UNACKED);
  }

  /** tcpi_rtt, microseconds. */
  public long rtt() {
    return unsigned32(RTT);
  }

  /** tcpi_rttvar, microseconds. */
  public long rttvar() {
    return unsigned32(RTTVAR);
  }

  /** tcpi_total_retrans, segments. */
  public long totalRetrans() {
    return unsigned32(TOTAL_RETRANS);
  }

  /** tcpi_bytes_acked, empty if this kernel is older than it. */
  public OptionalLong bytesAcked() {
    return unsigned64(BYTES_ACKED);
  }

  /** tcpi_bytes_received, empty if this kernel is older than it. */
  public OptionalLong bytesReceived() {
    return unsigned64(BYTES_RECEIVED);
  }

  private long unsigned32(long offset) {
    return Integer.toUnsignedLong(fields.get(JAVA_INT, offset));
  }

  private OptionalLong unsigned64(long offset) {
    return offset + Long.BYTES <= fields.byteSize()
        ? OptionalLong.of(fields.get(JAVA_LONG, offset))
        : OptionalLong.empty();
  }

  private static long offset(String name) {
    return Members.offset(LAYOUT, name);
  }
}
