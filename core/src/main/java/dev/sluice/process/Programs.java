// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds programs on a fixed path. {@code PATH} is not asked: what runs as root must not depend on
 * what a caller put into its environment. Nor do the programs that are started get what would have
 * them load code from elsewhere. Thread-safe.
 */
public final class Programs {
  private static final List<Path> FOLDERS =
      List.of(
          Path.of("/usr/sbin"),
          Path.of("/usr/bin"),
          Path.of("/sbin"),
          Path.of("/bin"),
          Path.of("/usr/local/sbin"),
          Path.of("/usr/local/bin"));
  private static final String PATH =
      FOLDERS.stream().map(Path::toString).collect(Collectors.joining(":"));

  /** By which iptables(8), ip(8), tc(8), glibc and shells find code to load. */
  private static final Set<String> LOADING =
      Set.of(
          "XTABLES_LIBDIR",
          "IPTABLES_LIB_DIR",
          "IP6TABLES_LIB_DIR",
          "XTABLES_LOCKFILE",
          "MODPROBE_OPTIONS",
          "IP_LIB_DIR",
          "TC_LIB_DIR",
          "GCONV_PATH",
          "BASH_ENV",
          "ENV");

  private Programs() {}

  /** The executable of that name, if there is one. {@code name} holds no slash. */
  public static Optional<Path> find(String name) {
    return FOLDERS.stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Makes the environment of a program to be started one that runs and loads nothing but what is
   * installed: {@code PATH} is the fixed path, and what ld.so(8), a shell, iptables or ip would
   * load code by is taken out.
   */
  public static void restrict(Map<String, String> environment) {
    environment.keySet().removeIf(name -> name.startsWith("LD_") || LOADING.contains(name));
    environment.put("PATH", PATH);
  }
}
