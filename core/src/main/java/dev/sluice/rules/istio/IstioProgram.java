// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import dev.sluice.rules.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Istio's program for options, in the language of iptables-restore or nft. Pure. */
public final class IstioProgram {
  private IstioProgram() {}

  /** For iptables-restore, and with IPv6 after it for ip6tables-restore; ends with a line feed. */
  public static String iptables(IstioOptions options) {
    List<String> text = new ArrayList<>(IptablesRules.of(options, Family.IPV4).restore());
    if (options.ipv6()) {
      text.addAll(IptablesRules.of(options, Family.IPV6).restore());
    }
    return text(text);
  }

  /** For nft, both families in one script; ends with a line feed. */
  public static String nft(IstioOptions options) {
    return text(NftRules.of(options));
  }

  /** What removes Istio's program from nft; ends with a line feed. */
  public static String nftCleanUp() {
    return text(NftRules.cleanUp());
  }

  /**
   * What istio-iptables writes to the file {@code DRY_RUN_FILE_PATH}: each command, and each line
   * that iptables-restore would be fed; ends with a line feed.
   *
   * @param cleanUp whether the program is removed instead of applied
   */
  public static String dryRunFile(IstioOptions options, boolean cleanUp) {
    List<String> text = new ArrayList<>(List.of("iptables-save", "ip6tables-save"));
    for (Family family : families(options)) {
      IptablesLines lines = IptablesRules.of(options, family);
      String tool = family == Family.IPV4 ? "iptables " : "ip6tables ";
      text.addAll(
          cleanUp
              ? lines.undo().stream().map(arguments -> tool + arguments).toList()
              : lines.restore());
    }
    families(options)
        .forEach(family -> text.add(family == Family.IPV4 ? "iptables-save" : "ip6tables-save"));
    return text(text);
  }

  private static List<Family> families(IstioOptions options) {
    return options.ipv6() ? List.of(Family.IPV4, Family.IPV6) : List.of(Family.IPV4);
  }

  private static String text(List<String> lines) {
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }
}
