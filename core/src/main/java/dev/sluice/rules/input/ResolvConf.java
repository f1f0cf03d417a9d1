// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import java.util.List;

/** The name servers of a resolv.conf(5), read as istio-iptables reads them. Pure. */
public final class ResolvConf {
  private ResolvConf() {}

  /**
   * All of them, as written and in their order; the C library asks the first three alone, but other
   * resolvers don't.
   */
  public static List<String> nameServers(List<String> lines) {
    return lines.stream()
        .filter(line -> !line.startsWith("#") && !line.startsWith(";"))
        .map(line -> line.trim().split("\\s+", -1))
        .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
        .map(words -> words[1])
        .toList();
  }
}
