// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The compiled programs that come with Sluice: {@code src/main/bpf/NAME.bpf.c}, made by {@code
 * scripts/build-bpf} and committed. Thread-safe.
 */
public final class BpfObjects {
  private static final List<String> NAMES =
      List.of("capture", "observe", "reaper", "route", "serviceip", "socketlb", "trace");

  private BpfObjects() {}

  /** Of all of them, without {@code .bpf.o}, sorted. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * The checksum of what {@link #parse} would read, as {@code sha256sum(1)} prints it.
   *
   * @param name without {@code .bpf.o}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static String sha256(String name) throws IOException {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(name)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /**
   * Reads one of them.
   *
   * @param name without {@code .bpf.o}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static CollectionSpec parse(String name) throws IOException {
    return CollectionSpec.parse(bytes(name));
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream stream = BpfObjects.class.getResourceAsStream(name + ".bpf.o")) {
      if (stream == null) {
        throw new IllegalArgumentException(
            "reading the eBPF object '" + name + "': no such object comes with Sluice");
      }
      return stream.readAllBytes();
    }
  }
}
