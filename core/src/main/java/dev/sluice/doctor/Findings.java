// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.ArrayList;
import java.util.List;

/** From facts to what is wrong. Pure. */
public final class Findings {
  private Findings() {}

  /** All of it, causes before consequences; empty for a healthy subject. */
  public static List<Finding> of(Facts facts) {
    List<Finding> found = new ArrayList<>();
    found.addAll(AbilityFindings.of(facts));
    found.addAll(SettingFindings.of(facts));
    for (int i = 0; i < facts.namespace().rules().size(); i++) {
      found.addAll(RuleFindings.of(facts, facts.namespace().rules().get(i), i == 0));
    }
    found.addAll(ProxyFindings.of(facts));
    found.addAll(CgroupFindings.of(facts));
    found.addAll(ProofFindings.of(facts, found));
    return List.copyOf(found);
  }

  /** What the facts come to, with the fix, in one sentence. */
  public static String verdict(Facts facts, List<Finding> findings) {
    if (findings.isEmpty()) {
      String modes = String.join(", ", facts.wanted().stream().map(Mode::word).toList());
      return facts.used().isEmpty()
          ? "Healthy: nothing stands in the way of " + modes + "."
          : "Healthy: " + modes + (facts.wanted().size() == 1 ? " works" : " work") + " here.";
    }
    Finding first = findings.getFirst();
    String fix =
        switch (first.fix()) {
          case Finding.Fix.Run(String text) -> "run: " + text;
          case Finding.Fix.Ask(String text) -> text;
        };
    String count = findings.size() == 1 ? "One fault" : findings.size() + " faults, first";
    return count + ": " + first.what() + "; " + fix;
  }
}
