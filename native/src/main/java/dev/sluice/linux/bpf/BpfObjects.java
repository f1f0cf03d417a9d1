// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.io.InputStream;

/**
 * The compiled programs that come with Sluice: {@code src/main/bpf/NAME.bpf.c}, made by {@code
 * scripts/build-bpf} and committed. Thread-safe.
 */
public final class BpfObjects {
  private BpfObjects() {}

  /**
   * Reads one of them.
   *
   * @param name without {@code .bpf.o}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static CollectionSpec parse(String name) throws IOException {
    try (InputStream stream = BpfObjects.class.getResourceAsStream(name + ".bpf.o")) {
      if (stream == null) {
        throw new IllegalArgumentException(
            "reading the eBPF object '" + name + "': no such object comes with Sluice");
      }
      return CollectionSpec.parse(stream.readAllBytes());
    }
  }
}
