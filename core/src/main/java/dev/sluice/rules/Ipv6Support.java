// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the network namespace of this process speaks IPv6. Linux: Documentation/networking/
 * ip-sysctl.rst, {@code disable_ipv6}.
 */
public enum Ipv6Support {
  /** At least one interface speaks it. */
  ON(""),
  /** Switched off for every interface. */
  SWITCHED_OFF("switched off by net.ipv6.conf.*.disable_ipv6"),
  /** Not in this kernel, or the kernel was started with ipv6.disable=1. */
  NOT_IN_KERNEL("not in this kernel");

  private final String reason;

  Ipv6Support(String reason) {
    this.reason = reason;
  }

  /** For people: why it is not there; empty if it is. */
  public String reason() {
    return reason;
  }

  /** Asks the kernel. */
  public static Ipv6Support probe() {
    return probe(Path.of("/proc/sys/net/ipv6/conf"));
  }

  static Ipv6Support probe(Path settings) {
    if (!Files.isDirectory(settings)) {
      return NOT_IN_KERNEL;
    }
    try (DirectoryStream<Path> interfaces = Files.newDirectoryStream(settings)) {
      for (Path each : interfaces) {
        String name = String.valueOf(each.getFileName());
        // These two are templates, not interfaces.
        if (!name.equals("all") && !name.equals("default") && isOn(each)) {
          return ON;
        }
      }
      return SWITCHED_OFF;
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + settings + ": " + e.getMessage(), e);
    }
  }

  private static boolean isOn(Path settings) throws IOException {
    Path setting = settings.resolve("disable_ipv6");
    return Files.exists(setting) && Files.readString(setting).strip().equals("0");
  }
}
