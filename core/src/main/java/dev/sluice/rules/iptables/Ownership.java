// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.Chain;
import java.util.regex.Pattern;

/**
 * Whose a chain or rule is. Immutable.
 *
 * @param prefix what the names of the owner's chains start with
 * @param rules finds the owner's rules in built-in chains, as they are saved
 */
record Ownership(String prefix, Pattern rules) {
  /** Any Sluice's: built-in chains hold nothing of ours but calls. */
  static final Ownership OURS = new Ownership(Chain.PREFIX, Pattern.compile(calls(Chain.PREFIX)));

  /** Istio's. In TPROXY mode it also writes four rules into the built-in chains themselves. */
  static final Ownership ISTIO =
      new Ownership(
          "ISTIO_",
          Pattern.compile(
              String.join(
                  "|",
                  calls("ISTIO_"),
                  "^-p tcp -m mark --mark 0x539 -j CONNMARK --save-mark .*",
                  "^-p tcp -m connmark --mark 0x539 -j CONNMARK --restore-mark .*",
                  "^-o lo -p tcp -m mark --mark 0x539 -j RETURN$",
                  "^! -d (?:127\\.0\\.0\\.1/32|::1/128) -o lo -p tcp -m owner"
                      + " --[ug]id-owner \\d+ -j MARK --set-xmark 0x53a/0xffffffff$")));

  boolean ownsChain(String name) {
    return name.startsWith(prefix);
  }

  boolean ownsRule(String rule) {
    return rules.matcher(rule).find();
  }

  private static String calls(String prefix) {
    return "(?:^| )-[jg] " + Pattern.quote(prefix) + "[^ ]*(?: |$)";
  }
}
