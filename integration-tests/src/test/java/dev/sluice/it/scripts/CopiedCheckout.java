// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * What the launcher needs of a built checkout, copied to a folder that every user can read: the
 * checkout itself may lie in root's home.
 *
 * @param home the root of the copy
 */
record CopiedCheckout(Path home) {

  /** Copies the scripts and what the build made of core below {@code parent}. */
  static CopiedCheckout below(Path parent) throws IOException {
    Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = parent.resolve("checkout");
    Files.createDirectories(home.resolve("core/target"));
    Path target = Checkout.home().resolve("core/target");
    copy(Checkout.home().resolve("scripts"), home);
    copy(target.resolve("lib"), home.resolve("core/target"));
    copy(target.resolve("native"), home.resolve("core/target"));
    try (var jars = Files.newDirectoryStream(target, "sluice-core-*.jar")) {
      for (Path jar : jars) {
        copy(jar, home.resolve("core/target"));
      }
    }
    Command.of("chmod", "-R", "a+rX", home.toString()).runOrThrow();
    return new CopiedCheckout(home);
  }

  /** The absolute path of {@code scripts/name} in the copy. */
  String script(String name) {
    return home.resolve("scripts").resolve(name).toString();
  }

  private static void copy(Path from, Path folder) throws IOException {
    Command.of("cp", "-R", from.toString(), folder.toString()).runOrThrow();
  }
}
