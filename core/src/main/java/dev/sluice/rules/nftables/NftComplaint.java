// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what nft says into one line for people: which line of the script, which feature of the
 * kernel. Pure.
 */
final class NftComplaint {
  private static final String DOING = "writing the rules with nft: ";

  /** {@code /dev/stdin:7:3-20: Error: what is wrong}. */
  private static final Pattern AT_LINE =
      Pattern.compile("^[^:]+:(\\d+):[\\d-]+: Error: (.*)$", Pattern.MULTILINE);

  /** Word of a rule to the kernel's module; the names are those of net/netfilter in Linux. */
  private static final Map<String, String> MODULES =
      new TreeMap<>(
          Map.of(
              "tproxy to", "nft_tproxy",
              "redirect to", "nft_redir",
              "type nat", "nft_chain_nat",
              "ct ", "nft_ct"));

  private NftComplaint() {}

  /** Of a command that only lists. */
  static String explainListing(Command command, CommandResult result) {
    return "running '" + command.commandLine() + "': " + result.firstComplaint();
  }

  static String explain(String script, CommandResult result) {
    String text = result.errors().isBlank() ? result.output() : result.errors();
    if (text.contains("Operation not permitted") || text.contains("Permission denied")) {
      return DOING + "permission denied; expected root with CAP_NET_ADMIN";
    }
    Matcher at = AT_LINE.matcher(text);
    if (!at.find()) {
      return DOING + result.firstComplaint();
    }
    List<String> lines = script.lines().toList();
    int number = Integer.parseInt(at.group(1));
    String line = number <= lines.size() ? lines.get(number - 1).strip() : "";
    String who = at.group(2).startsWith("Could not process rule") ? "the kernel" : "nft";
    return DOING
        + who
        + " refused '"
        + line.replaceFirst(" comment \".*", "")
        + "' ("
        + at.group(2).replaceFirst("^Could not process rule: ", "").strip()
        + ")"
        + expectation(line);
  }

  private static String expectation(String line) {
    List<String> modules =
        MODULES.entrySet().stream()
            .filter(module -> line.contains(module.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    return modules.isEmpty() ? "" : "; expected a kernel with " + String.join(", ", modules);
  }
}
