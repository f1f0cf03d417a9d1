// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what iptables-restore says into one line for people: which rule, which feature of the
 * kernel, and what follows. Pure.
 */
final class IptablesComplaint {
  private static final Pattern LINE = Pattern.compile("line:? (\\d+)");
  private static final Pattern EXTENSION =
      Pattern.compile("Couldn't load (match|target) [`']([^']+)'");

  /** Of a protocol, which iptables loads without a word if it can: only its options are missed. */
  private static final Pattern OPTION = Pattern.compile("unknown option [`'\"]([^`'\"]+)[`'\"]");

  private static final Pattern LOCK = Pattern.compile("Can't lock ([^ :]+)");
  private static final Pattern REASON = Pattern.compile("failed \\(([^)]+)\\)");
  private static final Pattern FEATURE = Pattern.compile("-(?:m|j) ([A-Za-z]+)");

  /** Feature to the kernel's module; the names are those of net/netfilter in Linux. */
  private static final Map<String, String> MODULES =
      Map.of(
          "TPROXY", "xt_TPROXY",
          "REDIRECT", "xt_REDIRECT",
          "CONNMARK", "xt_connmark",
          "connmark", "xt_connmark",
          "MARK", "xt_mark",
          "mark", "xt_mark",
          "owner", "xt_owner",
          "conntrack", "xt_conntrack");

  private IptablesComplaint() {}

  static String explain(Family family, String script, CommandResult result) {
    String doing = "writing the " + family.label() + " rules: ";
    String text = result.errors().isBlank() ? result.output() : result.errors();
    if (text.contains("Permission denied") || text.contains("Operation not permitted")) {
      return doing + "permission denied; expected root with CAP_NET_ADMIN";
    }
    Matcher lock = LOCK.matcher(text);
    if (lock.find()) {
      return doing
          + "the lock "
          + lock.group(1)
          + " was held by another program for "
          + FamilyTables.LOCK_WAIT_SECONDS
          + " s; expected it to be free (who holds it: fuser "
          + lock.group(1)
          + ")";
    }
    Matcher extension = EXTENSION.matcher(text);
    if (extension.find()) {
      String feature = extension.group(2);
      return doing
          + family.program()
          + " doesn't know the "
          + extension.group(1)
          + " '"
          + feature
          + "'; expected the whole package 'iptables'"
          + consequence(feature);
    }
    Matcher option = OPTION.matcher(text);
    if (option.find()) {
      return doing
          + family.program()
          + " doesn't know the option '"
          + option.group(1)
          + "'; expected the whole package 'iptables'";
    }
    Matcher line = LINE.matcher(text);
    if (line.find()) {
      return doing + refused(script, Integer.parseInt(line.group(1)), text);
    }
    return doing + oneLine(text);
  }

  private static String refused(String script, int number, String text) {
    List<String> lines = script.lines().toList();
    String line = number >= 1 && number <= lines.size() ? lines.get(number - 1) : "";
    Matcher reason = REASON.matcher(text);
    String why = reason.find() ? reason.group(1) : oneLine(text);
    List<String> features =
        FEATURE
            .matcher(line)
            .results()
            .map(found -> found.group(1))
            .filter(MODULES::containsKey)
            .distinct()
            .toList();
    String said = "the kernel refused '" + line + "' (" + why + ")";
    if (features.isEmpty()) {
      return said;
    }
    List<String> modules = features.stream().map(f -> MODULES.getOrDefault(f, f)).toList();
    return said
        + "; expected a kernel with "
        + String.join(", ", modules)
        + consequence(features.getLast());
  }

  private static String consequence(String feature) {
    return switch (feature.toLowerCase(Locale.ROOT)) {
      case "tproxy", "connmark" -> "; without it only the mode REDIRECT is possible";
      case "redirect" -> "; without it nothing can be captured";
      case "owner" -> "; without it the proxy's own connections can't be told apart";
      default -> "";
    };
  }

  private static String oneLine(String text) {
    return String.join(
        " ",
        text.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("Try `"))
            .toList());
  }
}
