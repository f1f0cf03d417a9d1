// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it;

import java.nio.file.Path;

/** Where the sources and the programs below {@code scripts} are. */
public final class Checkout {
  private Checkout() {}

  /** The root of the checkout: the build says where it is, and an IDE starts in the module. */
  public static Path home() {
    return Path.of(System.getProperty("sluice.home", "..")).toAbsolutePath().normalize();
  }

  /** The absolute path of {@code scripts/name}, to be the first word of a command. */
  public static String script(String name) {
    return home().resolve("scripts").resolve(name).toString();
  }
}
