// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * {@code struct capture} of the programs. Immutable.
 *
 * @param proxyCgroup whose processes are the proxy: the inode number of its folder
 * @param patience without a sign of life, after which the proxy counts as dead
 * @param whenDead what becomes of connections then
 * @param ports where the proxy listens
 * @param everyAddress whether all addresses are included outbound
 * @param everyPort whether all ports are included inbound
 */
record CaptureSettings(
    long proxyCgroup,
    Duration patience,
    Capture.WhenDead whenDead,
    CaptureOptions.ProxyPorts ports,
    boolean everyAddress,
    boolean everyPort) {
  static final int BYTES = 32;

  static CaptureSettings decode(byte[] struct) {
    ByteBuffer from = ByteBuffer.wrap(struct).order(ByteOrder.nativeOrder());
    long proxyCgroup = from.getLong();
    Duration patience = Duration.ofNanos(from.getLong());
    Capture.WhenDead whenDead = Capture.WhenDead.of(from.getInt());
    CaptureOptions.ProxyPorts ports =
        new CaptureOptions.ProxyPorts(CaptureTables.port(from), CaptureTables.port(from));
    return new CaptureSettings(
        proxyCgroup, patience, whenDead, ports, from.get() != 0, from.get() != 0);
  }

  byte[] encode() {
    byte[] struct = new byte[BYTES];
    ByteBuffer to =
        ByteBuffer.wrap(struct)
            .order(ByteOrder.nativeOrder())
            .putLong(proxyCgroup)
            .putLong(patience.toNanos())
            .putInt(whenDead.number());
    CaptureTables.putPort(to, ports.outbound());
    CaptureTables.putPort(to, ports.inbound());
    to.put((byte) (everyAddress ? 1 : 0)).put((byte) (everyPort ? 1 : 0));
    return struct;
  }
}
