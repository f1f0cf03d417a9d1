// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.ffi.TcpInfoFields;
import java.util.OptionalLong;

/**
 * What the kernel knows about a TCP connection: the fields of {@code struct tcp_info} (<a
 * href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>, {@code linux/tcp.h}) that
 * Sluice uses, at one moment. Immutable.
 *
 * @param state of the connection
 * @param rttMicros smoothed round trip time in microseconds; 0 before the first measurement
 * @param rttvarMicros its mean deviation in microseconds
 * @param unackedSegments sent and not acknowledged
 * @param totalRetransmits segments sent again since the beginning
 * @param bytesAcked sequence numbers that the peer acknowledged: payload bytes, and one more for
 *     the SYN of the connecting side; empty before Linux 4.1
 * @param bytesReceived sequence numbers received in order: payload bytes, and one more once the FIN
 *     is in; empty before Linux 4.1
 */
public record TcpInfo(
    TcpState state,
    long rttMicros,
    long rttvarMicros,
    long unackedSegments,
    long totalRetransmits,
    OptionalLong bytesAcked,
    OptionalLong bytesReceived) {

  static TcpInfo of(TcpInfoFields fields) {
    return new TcpInfo(
        TcpState.of(fields.state()),
        fields.rtt(),
        fields.rttvar(),
        fields.unacked(),
        fields.totalRetrans(),
        fields.bytesAcked(),
        fields.bytesReceived());
  }
}
