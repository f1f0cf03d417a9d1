// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.net.ExemptMark;
import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.install.InstalledRules;
import java.util.List;
import java.util.Optional;

/**
 * Rules that capture connections which the load balancer has marked as in need of no proxy: those
 * of another mesh, which doesn't know the mark, and ours if they were made without it. Immutable.
 *
 * @param whose for people, such as {@code Istio's, by iptables-nft}
 */
public record CapturedAnyway(String whose) {
  /**
   * Looks at the rules of one network namespace; changes nothing.
   *
   * @param runner runs commands there
   * @param mark what the load balancer marks sockets with
   * @return empty if there are none that capture, or all of them exempt the mark
   * @throws RulesException if it can't be told
   */
  public static Optional<CapturedAnyway> find(CommandRunner runner, ExemptMark mark)
      throws RulesException {
    for (InstalledRules installed : InstalledRules.find(runner)) {
      Optional<RuleOptions> options = installed.options(runner);
      if (options.isPresent()
          && captures(options.get().selection().outbound())
          && !options.get().selection().outbound().exempt().equals(Optional.of(mark))) {
        return Optional.of(new CapturedAnyway("Sluice's own, by " + installed.backend()));
      }
    }
    List<MeshRules> others = MeshRules.find(runner);
    return others.stream()
        .findFirst()
        .map(rules -> new CapturedAnyway(rules.mesh() + "'s, by " + rules.program()));
  }

  private static boolean captures(OutboundSelection outbound) {
    boolean nobody = outbound.groups().equals(new GroupSelection.Only(List.of()));
    boolean nowhere = outbound.destinations().equals(new AddressSelection.Only(List.of()));
    return !nobody && !(nowhere && outbound.ports().isEmpty());
  }

  /** Why a service goes through the proxy. */
  public String why() {
    return "rules of this network namespace, "
        + whose
        + ", don't exempt its connections from capture";
  }
}
