// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import dev.sluice.rules.Family;
import dev.sluice.rules.InitWords;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.install.BackendChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with our rules of one backend, and what stands beside them. Pure. */
final class RuleFindings {
  private static final String TAKES_ALL = "! comes before our rules and takes everything: ";
  private static final Pattern OF_IPTABLES = Pattern.compile("(IPv[46]) (\\w+): -A (.*)");

  /** More lines of a difference help nobody. */
  private static final int SHOWN = 4;

  private final Facts facts;
  private final RuleFacts rules;
  private final List<String> sections = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> superfluous = new ArrayList<>();
  private final List<String> obstacles = new ArrayList<>();
  private final List<Finding> found = new ArrayList<>();

  private RuleFindings(Facts facts, RuleFacts rules) {
    this.facts = facts;
    this.rules = rules;
  }

  /**
   * Of these rules.
   *
   * @param first whether they are the ones to keep; others are superfluous
   */
  static List<Finding> of(Facts facts, RuleFacts rules, boolean first) {
    RuleFindings findings = new RuleFindings(facts, rules);
    if (first) {
      findings.judge();
    } else {
      findings.twice();
    }
    return findings.found;
  }

  private void judge() {
    if (rules.installed().listing().guarded()) {
      add(
          Fault.GUARD_LEFT,
          "a change of the rules was interrupted, and its guard is still there",
          "new connections are dropped");
    }
    rules.verification().ifPresent(each -> read(each.difference()));
    if (!missing.isEmpty() || !superfluous.isEmpty()) {
      difference();
    }
    obstacles.forEach(this::obstacle);
    facts.namespace().others().forEach(this::otherMesh);
  }

  /** Of this backend alone: what is in another one is found with that one. */
  private void read(List<String> difference) {
    boolean own = true;
    for (String line : difference) {
      if (line.startsWith("+++ found by ")) {
        own = line.endsWith(" " + rules.installed().backend());
      } else if (own && line.startsWith(TAKES_ALL)) {
        obstacles.add(line.substring(TAKES_ALL.length()));
      } else if (own && line.startsWith("@@ ")) {
        sections.add(line.substring("@@ ".length()));
      } else if (own && line.startsWith("-") && !line.startsWith("--- ")) {
        missing.add(line.substring(1));
      } else if (own && line.startsWith("+")) {
        superfluous.add(line.substring(1));
      }
    }
  }

  private void difference() {
    String where = String.join(", ", sections);
    if (missing.stream().sorted().toList().equals(superfluous.stream().sorted().toList())) {
      add(
          Fault.RULES_OUT_OF_ORDER,
          "the right rules in the wrong order in " + where + ": " + shown(missing),
          "connections meet the wrong rule first: some are captured that should be left alone, or"
              + " the other way round");
    } else if (sections.stream().allMatch(section -> section.endsWith(" routing"))) {
      add(
          Fault.ROUTING_MISSING,
          where + " is not what the rules need: " + both(),
          "what TPROXY marks doesn't come to the proxy");
    } else {
      add(
          Fault.RULES_CHANGED,
          "not the rules that were made in " + where + ": " + both(),
          "something else is captured than was asked for");
    }
  }

  private String both() {
    List<String> parts = new ArrayList<>();
    if (!missing.isEmpty()) {
      parts.add("missing " + shown(missing));
    }
    if (!superfluous.isEmpty()) {
      parts.add("too many " + shown(superfluous));
    }
    return String.join("; ", parts);
  }

  private static String shown(List<String> lines) {
    String text = String.join(" | ", lines.subList(0, Math.min(SHOWN, lines.size())));
    return lines.size() > SHOWN ? text + " and " + (lines.size() - SHOWN) + " more" : text;
  }

  private void twice() {
    add(
        Fault.RULES_TWICE,
        "rules of Sluice by "
            + facts.namespace().rules().getFirst().installed().backend()
            + " and by "
            + rules.installed().backend(),
        "connections are judged twice",
        again(facts.namespace().rules().getFirst()));
  }

  private void obstacle(String text) {
    Matcher rule = OF_IPTABLES.matcher(text);
    Fix fix = new Fix.Ask("have its owner remove " + text);
    if (rule.matches() && rules.installed().choice() != BackendChoice.NFTABLES) {
      String program =
          (rule.group(1).equals("IPv4") ? "iptables" : "ip6tables")
              + rules.installed().backend().substring("iptables".length());
      fix =
          Fix.of(
              facts.subject().inside(program + " -t " + rule.group(2) + " -D " + rule.group(3)),
              List.of(rule.group(3).split(" ", -1)));
    }
    add(
        Fault.RULES_PRECEDED,
        "a rule of somebody else comes before ours and takes everything: " + text,
        "our rules never see a packet, and nothing is captured",
        fix);
  }

  private void otherMesh(MeshRules mesh) {
    add(
        Fault.OTHER_MESH,
        "rules of "
            + mesh.mesh()
            + " are here too ("
            + mesh.program()
            + ": "
            + String.join(", ", mesh.chains())
            + ")",
        "two meshes steer the same connections; which one gets them is chance",
        new Fix.Run(facts.subject().inside(mesh.removal())));
  }

  private void add(Fault fault, String what, String follows) {
    add(fault, what, follows, again(rules));
  }

  private void add(Fault fault, String what, String follows, Fix fix) {
    found.add(new Finding(fault, what, follows, fix));
  }

  private Fix again(RuleFacts which) {
    return which
        .options()
        .filter(InitWords::sayAllOf)
        .map(options -> Fix.of(init(options, which), InitWords.of(options)))
        .orElseGet(() -> new Fix.Ask("run 'sluice init' with the options of before"));
  }

  private String init(RuleOptions options, RuleFacts rules) {
    String backend =
        switch (rules.installed().choice()) {
          case AUTOMATIC -> "";
          case IPTABLES_NFT -> " --force-iptables-binary nft";
          case IPTABLES_LEGACY -> " --force-iptables-binary legacy";
          case NFTABLES -> " --native-nftables";
        };
    // Left out on purpose: no rule of IPv6 is there, though it is spoken.
    boolean left =
        facts.namespace().sockets().ipv6() == Ipv6Support.ON
            && !rules.families().contains(Family.IPV6);
    return init(facts.subject(), options) + (left ? " --ipv6=off" : "") + backend;
  }

  static String init(Subject subject, RuleOptions options) {
    return "sluice init"
        + subject.namespace().map(path -> " --network-namespace " + path).orElse("")
        + " "
        + String.join(" ", InitWords.of(options));
  }
}
