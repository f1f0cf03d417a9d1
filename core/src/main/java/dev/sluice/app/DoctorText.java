// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.Ability;
import dev.sluice.doctor.AttachedProgram;
import dev.sluice.doctor.Facts;
import dev.sluice.doctor.FeatureFacts;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Findings;
import dev.sluice.doctor.HookFacts;
import dev.sluice.doctor.MeshRules;
import dev.sluice.doctor.NamespaceFacts;
import dev.sluice.doctor.RuleFacts;
import dev.sluice.doctor.Sight;
import dev.sluice.doctor.Visible;
import dev.sluice.net.AddressText;
import dev.sluice.rules.Ipv6Support;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the doctor found, for people: the facts, then each fault with its fix, then the verdict. */
final class DoctorText {
  private final StringBuilder text = new StringBuilder();

  private DoctorText() {}

  static String of(Facts facts, List<Finding> findings) {
    DoctorText report = new DoctorText();
    report.host(facts);
    report.namespace(facts);
    report.cgroups(facts);
    facts.proof().forEach(report::proof);
    findings.forEach(report::finding);
    report.line(Findings.verdict(facts, findings));
    return report.text.toString();
  }

  private void host(Facts facts) {
    line("host: Linux " + facts.host().kernel());
    for (Ability ability : facts.abilities()) {
      line(
          "  "
              + ability.mode().word()
              + (ability.isThere() ? ": works, tried" : ": NOT possible: " + ability.reason()));
    }
  }

  private void namespace(Facts facts) {
    NamespaceFacts namespace = facts.namespace();
    line(
        "network namespace "
            + facts.subject().namespace().map(Path::toString).orElse("of this process")
            + ": "
            + (namespace.sockets().ipv6() == Ipv6Support.ON
                ? "IPv4 and IPv6"
                : "IPv4 only, IPv6 is " + namespace.sockets().ipv6().reason()));
    for (RuleFacts rules : namespace.rules()) {
      line("  rules of Sluice: " + rules.text());
      rules
          .verification()
          .ifPresent(each -> each.remarks().forEach(remark -> line("    " + remark)));
    }
    for (MeshRules mesh : namespace.others()) {
      line(
          "  rules of "
              + mesh.mesh()
              + " by "
              + mesh.program()
              + ": "
              + String.join(", ", mesh.chains()));
    }
    if (namespace.rules().isEmpty() && namespace.others().isEmpty()) {
      line("  no rules of a mesh" + namespace.unreadable().map(why -> ": " + why).orElse(""));
    }
    namespace
        .conntrackUse()
        .ifPresent(use -> line("  tracked connections: " + use + " % of the table"));
    if (!namespace.settings().isEmpty()) {
      line(
          "  settings: "
              + namespace.settings().entrySet().stream()
                  .sorted(Map.Entry.comparingByKey())
                  .map(each -> each.getKey() + "=" + each.getValue())
                  .collect(Collectors.joining(" ")));
    }
  }

  private void cgroups(Facts facts) {
    line(
        "cgroup " + facts.cgroups().at().map(Path::toString).orElse("none: no v2 tree is mounted"));
    line(
        "  eBPF file system: "
            + facts.cgroups().bpfFileSystem().map(Path::toString).orElse("not mounted"));
    for (FeatureFacts feature : facts.cgroups().features()) {
      if (feature.onPath()) {
        line(
            "  "
                + feature.status().feature().word()
                + " on "
                + feature.status().where()
                + feature.status().detail().map(detail -> ", " + detail).orElse(""));
      }
    }
    for (HookFacts hook : facts.cgroups().hooks()) {
      line(
          "  %s of %s (%s): %s"
              .formatted(hook.hook(), hook.cgroup(), hook.sharing().text(), order(hook.order())));
    }
    facts
        .cgroups()
        .effective()
        .forEach(
            (hook, order) -> {
              if (order.size() > 1) {
                line("  %s runs, in order: %s".formatted(hook, order(order)));
              }
            });
  }

  private static String order(List<AttachedProgram> programs) {
    return programs.stream().map(AttachedProgram::toString).collect(Collectors.joining(" -> "));
  }

  private void proof(Sight sight) {
    String outcome =
        switch (sight.outcome()) {
          case Sight.Outcome.Seen seen ->
              "a proxy on port %d sees %s, %s"
                  .formatted(
                      seen.port(),
                      AddressText.of(seen.original()),
                      sight.isRight() ? "as dialled" : "NOT what was dialled");
          case Sight.Outcome.Unseen(String why) -> "no proxy sees it: " + why;
          case Sight.Outcome.Untried(String why) -> "not tried: " + why;
        };
    line("live: " + AddressText.of(sight.dialled()) + " dialled " + sight.from() + ": " + outcome);
  }

  private void finding(Finding finding) {
    line("FAULT " + finding.fault().word() + ": " + finding.what());
    line("  so:  " + finding.follows());
    line(
        switch (finding.fix()) {
          case Finding.Fix.Run(String command) -> "  fix: " + command;
          case Finding.Fix.Ask(String words) -> "  to do: " + words;
        });
  }

  private void line(String line) {
    text.append(Visible.of(String.join(" ", line.lines().toList()))).append('\n');
  }
}
