// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The packet counters of every netfilter rule of one namespace and family, as {@code iptables-save
 * -c} prints them. Immutable.
 *
 * @param packets packets so far, by {@code table: rule}
 */
public record RuleCounters(Map<String, Long> packets) {
  private static final Pattern RULE = Pattern.compile("\\[(\\d+):\\d+] (-A .*)");
  private static final List<String> TABLES = List.of("nat", "mangle");

  /** Copies. */
  public RuleCounters {
    packets = Collections.unmodifiableMap(new LinkedHashMap<>(packets));
  }

  /** Reads the counters of a namespace. */
  public static RuleCounters read(Path namespace, Family family) throws IOException {
    String program =
        switch (family) {
          case IPV4 -> "iptables-save";
          case IPV6 -> "ip6tables-save";
        };
    String saved = Command.of(program, "-c").inNetworkNamespace(namespace).runOrThrow();
    return parse(saved);
  }

  static RuleCounters parse(String saved) {
    Map<String, Long> packets = new LinkedHashMap<>();
    String table = "";
    for (String line : saved.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1);
      }
      Matcher matcher = RULE.matcher(line);
      if (TABLES.contains(table) && matcher.matches()) {
        // Two equal rules in one chain count as one.
        packets.merge(table + ": " + matcher.group(2), Long.parseLong(matcher.group(1)), Long::sum);
      }
    }
    return new RuleCounters(packets);
  }

  /** What was counted since {@code earlier}; a rule that is gone is left out. */
  public RuleCounters since(RuleCounters earlier) {
    Map<String, Long> moved = new LinkedHashMap<>();
    packets.forEach(
        (rule, count) -> moved.put(rule, count - earlier.packets.getOrDefault(rule, 0L)));
    return new RuleCounters(moved);
  }

  /** The rules that hold {@code text}, for instance {@code --to-ports 15001}. */
  public RuleCounters matching(String text) {
    Map<String, Long> found = new LinkedHashMap<>();
    packets.forEach(
        (rule, count) -> {
          if ((rule + " ").contains(text + " ")) {
            found.put(rule, count);
          }
        });
    return new RuleCounters(found);
  }

  /** Packets over all its rules. */
  public long total() {
    return packets.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The rules that counted something. */
  public Map<String, Long> moved() {
    Map<String, Long> found = new LinkedHashMap<>();
    packets.forEach(
        (rule, count) -> {
          if (count > 0) {
            found.put(rule, count);
          }
        });
    return Collections.unmodifiableMap(found);
  }
}
