// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab;

import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the demo needs of the machine, asked before anything is made. */
public final class Requirements {
  private static final Map<String, String> PACKAGES = new LinkedHashMap<>();

  static {
    PACKAGES.put("ip", "iproute2");
    PACKAGES.put("iptables-save", "iptables");
    PACKAGES.put("ip6tables-save", "iptables");
    PACKAGES.put("nft", "nftables");
    PACKAGES.put("conntrack", "conntrack");
    PACKAGES.put("nsenter", "util-linux");
    PACKAGES.put("setpriv", "util-linux");
    PACKAGES.put("sysctl", "procps");
    PACKAGES.put("curl", "curl");
    PACKAGES.put("nginx", "nginx-light");
  }

  /** Not from the path: a Python of the user's own may be unreadable for the demo's users. */
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  private Requirements() {}

  /** One line that says what is missing and how to get it; empty if nothing is. */
  public static Optional<String> missing() throws IOException {
    Integer uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (uid != 0) {
      return Optional.of(
          "uid "
              + uid
              + " may not make network namespaces and rules in them; run it as root: sudo"
              + " scripts/demo");
    }
    List<String> missing = new ArrayList<>();
    PACKAGES.forEach(
        (program, debianPackage) -> {
          if (Programs.find(program).isEmpty()) {
            missing.add(program + " (Debian package " + debianPackage + ")");
          }
        });
    if (!Files.isExecutable(PYTHON)) {
      missing.add(PYTHON + " (Debian package python3)");
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("not installed: " + String.join(", ", missing));
  }
}
