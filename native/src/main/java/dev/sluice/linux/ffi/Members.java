// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.Optional;

/**
 * Where the members of a struct are. For {@link MemoryLayout#byteOffset} the JDK makes classes at
 * each start (docs/footprint.md). Stateless.
 */
final class Members {
  private Members() {}

  /**
   * Bytes from the start of {@code struct} to the member of that name.
   *
   * @throws IllegalArgumentException if it has none
   */
  static long offset(StructLayout struct, String name) {
    Optional<String> wanted = Optional.of(name);
    long offset = 0;
    for (MemoryLayout member : struct.memberLayouts()) {
      if (member.name().equals(wanted)) {
        return offset;
      }
      offset += member.byteSize();
    }
    throw new IllegalArgumentException("no member " + name + " in " + struct);
  }
}
