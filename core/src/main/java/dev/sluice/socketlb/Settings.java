// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.net.ExemptMark;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * {@code struct settings} of the load balancer's programs. Immutable.
 *
 * @param hostCookie the cookie of the host's network namespace
 * @param scope whose connections are load balanced
 * @param cgroupExemptions how many there are
 * @param namespaceExemptions how many there are
 * @param exemptMark what sockets are marked with that need no proxy; 0 for none
 */
record Settings(
    long hostCookie, Scope scope, int cgroupExemptions, int namespaceExemptions, int exemptMark) {
  static final int BYTES = 24;

  static Settings decode(byte[] struct) {
    ByteBuffer from = TableLayout.over(struct);
    return new Settings(
        from.getLong(), Scope.of(from.getInt()), from.getInt(), from.getInt(), from.getInt());
  }

  byte[] encode() {
    byte[] struct = new byte[BYTES];
    TableLayout.over(struct)
        .putLong(hostCookie)
        .putInt(scope.number())
        .putInt(cgroupExemptions)
        .putInt(namespaceExemptions)
        .putInt(exemptMark);
    return struct;
  }

  Settings with(Scope other, long host, Optional<ExemptMark> mark) {
    return new Settings(
        host, other, cgroupExemptions, namespaceExemptions, mark.map(ExemptMark::value).orElse(0));
  }

  Settings withExemptions(int cgroups, int namespaces) {
    return new Settings(hostCookie, scope, cgroups, namespaces, exemptMark);
  }
}
