// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.nio.ByteBuffer;

/**
 * {@code struct settings} of the load balancer's programs. Immutable.
 *
 * @param hostCookie the cookie of the host's network namespace
 * @param scope whose connections are load balanced
 * @param cgroupExemptions how many there are
 * @param namespaceExemptions how many there are
 */
record Settings(long hostCookie, Scope scope, int cgroupExemptions, int namespaceExemptions) {
  static final int BYTES = 24;

  static Settings decode(byte[] struct) {
    ByteBuffer from = TableLayout.over(struct);
    return new Settings(from.getLong(), Scope.of(from.getInt()), from.getInt(), from.getInt());
  }

  byte[] encode() {
    byte[] struct = new byte[BYTES];
    TableLayout.over(struct)
        .putLong(hostCookie)
        .putInt(scope.number())
        .putInt(cgroupExemptions)
        .putInt(namespaceExemptions);
    return struct;
  }

  Settings withScope(Scope other, long host) {
    return new Settings(host, other, cgroupExemptions, namespaceExemptions);
  }

  Settings withExemptions(int cgroups, int namespaces) {
    return new Settings(hostCookie, scope, cgroups, namespaces);
  }
}
