// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import java.util.Locale;

/**
 * The processor architectures that Sluice knows. System call numbers differ between them; socket
 * option numbers, error numbers and struct layouts used here are the same on both, and are not on
 * others (MIPS and PA-RISC number them differently), so anything else is refused. Immutable.
 */
public enum Architecture {
  /** x86-64, which the JDK calls {@code amd64}. */
  X86_64,
  /** arm64, which the JDK calls {@code aarch64}. */
  AARCH64;

  /**
   * The architecture that this process runs on.
   *
   * @throws UnsupportedOperationException with one line for the operator, if it is another one
   */
  public static Architecture current() {
    return of(System.getProperty("os.arch", ""));
  }

  static Architecture of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "running on processor architecture '"
                  + name
                  + "': expected x86-64 (amd64) or arm64 (aarch64)");
    };
  }
}
