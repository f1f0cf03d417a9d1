// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.ProbeResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.install.RuleInstaller;
import dev.sluice.socketlb.Feature;
import dev.sluice.socketlb.FeatureProbe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Tries every mode: rules in a namespace that nobody lives in, programs without attaching them. */
public final class Abilities {
  private Abilities() {}

  /**
   * Of this host, for every mode. Needs root; takes about half a second, blocks its caller, and
   * leaves nothing.
   *
   * @param ipv6 whether the rules are tried for IPv6 too
   */
  public static List<Ability> probe(Ipv6Support ipv6) {
    List<Ability> found = new ArrayList<>();
    List<Family> families =
        ipv6 == Ipv6Support.ON ? List.of(Family.IPV4, Family.IPV6) : List.of(Family.IPV4);
    try (SpareNamespace spare = SpareNamespace.open()) {
      found.add(rules(Mode.REDIRECT, Interception.REDIRECT, families, spare));
      found.add(rules(Mode.TPROXY, Interception.TPROXY, families, spare));
    } catch (IOException e) {
      ProbeResult why = new ProbeResult.Inconclusive(String.valueOf(e.getMessage()));
      found.add(new Ability(Mode.REDIRECT, why));
      found.add(new Ability(Mode.TPROXY, why));
    }
    found.add(new Ability(Mode.SOCKET, FeatureProbe.load(Feature.CAPTURE)));
    found.add(new Ability(Mode.LB, FeatureProbe.load(Feature.LOAD_BALANCER)));
    found.add(new Ability(Mode.SERVICE_IP, FeatureProbe.load(Feature.SERVICE_IP)));
    return found;
  }

  private static Ability rules(
      Mode mode, Interception interception, List<Family> families, SpareNamespace spare) {
    try {
      new RuleInstaller(spare.runner())
          .apply(RulePlanner.plan(RuleOptions.defaults(interception), families));
      return new Ability(mode, new ProbeResult.Supported());
    } catch (IOException e) {
      return new Ability(mode, new ProbeResult.Unsupported(String.valueOf(e.getMessage())));
    }
  }
}
