// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Family;
import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Target;
import java.util.ArrayList;
import java.util.List;

/** Rules in the language of nft(8). Pure. */
final class RuleText {
  /** What stands behind {@code tproxy}; see {@link #of}. */
  private static final String NO_LISTENER = "nobody listens there: lost";

  /** What the kernel keeps beside a rule, in bytes (libnftnl). */
  private static final int LONGEST_COMMENT = 128;

  private RuleText() {}

  /**
   * Almost always one line. {@code tproxy} is two: where nobody listens, the target of iptables
   * loses the packet, while the statement of nft goes on to the next rule, and so past the proxy.
   */
  static List<String> of(Rule rule, Family family) {
    String first = line(rule, family, statement(rule.target())) + comment(rule.why());
    if (!(rule.target() instanceof Target.Tproxy)) {
      return List.of(first);
    }
    return List.of(first, line(rule, family, "drop") + comment(NO_LISTENER));
  }

  /** One line without the reason, for comparison: two that differ in what they do differ here. */
  static String bare(Rule rule, Family family) {
    String first = line(rule, family, statement(rule.target()));
    return rule.target() instanceof Target.Tproxy ? first + ", else drop" : first;
  }

  private static String line(Rule rule, Family family, String statement) {
    List<String> words = new ArrayList<>(MatchText.of(rule, family));
    words.add("counter");
    words.add(statement);
    return String.join(" ", words);
  }

  private static String comment(String why) {
    // No way to write a quote inside; anything beyond ASCII could be cut in the middle.
    String text = why.replace('"', '\'').replaceAll("[^ -~]", "?");
    String cut =
        text.length() > LONGEST_COMMENT ? text.substring(0, LONGEST_COMMENT - 3) + "..." : text;
    return " comment \"" + cut + "\"";
  }

  private static String statement(Target target) {
    return switch (target) {
      case Target.Return() -> "return";
      case Target.Accept() -> "accept";
      case Target.Drop() -> "drop";
      case Target.Call(String chain) -> "jump " + chain;
      case Target.Redirect(int port) -> "redirect to :" + port;
      case Target.Tproxy(int port, int mark) -> tproxy(port, mark);
      case Target.TproxyIfServed(int port, int mark) -> tproxy(port, mark);
      case Target.SetMark(int mark) -> "meta mark set 0x%x".formatted(mark);
      case Target.SetConnectionMark(MarkBits bits) -> "ct mark set " + connectionMark(bits);
      case Target.ConntrackZone(int zone) -> "ct zone set " + zone;
      case Target.SaveMark() -> "ct mark set meta mark";
      case Target.RestoreMark() -> "meta mark set ct mark";
    };
  }

  private static String tproxy(int port, int mark) {
    return "tproxy to :%d meta mark set 0x%x accept".formatted(port, mark);
  }

  private static String connectionMark(MarkBits bits) {
    return bits.mask() == MarkBits.ALL
        ? "0x%x".formatted(bits.value())
        : "ct mark & 0x%x | 0x%x".formatted(~bits.mask(), bits.value());
  }
}
