// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a wanted mode lacks on this host. Pure. */
final class AbilityFindings {
  private static final Pattern MODULES =
      Pattern.compile("expected a kernel with ((?:xt|nft)_\\w+(?:, (?:xt|nft)_\\w+)*)");

  private AbilityFindings() {}

  static List<Finding> of(Facts facts) {
    Map<String, List<String>> modesByReason = new LinkedHashMap<>();
    for (Ability ability : facts.abilities()) {
      if (!ability.isThere() && facts.wanted().contains(ability.mode())) {
        modesByReason
            .computeIfAbsent(ability.reason(), _ -> new ArrayList<>())
            .add(ability.mode().word());
      }
    }
    List<Finding> found = new ArrayList<>();
    modesByReason.forEach(
        (reason, modes) ->
            found.add(
                new Finding(
                    Fault.FEATURE_MISSING,
                    reason,
                    "not possible on this host: " + String.join(", ", modes),
                    fix(reason, facts.host()))));
    facts
        .namespace()
        .unreadable()
        .filter(_ -> found.isEmpty())
        .ifPresent(
            reason ->
                found.add(
                    new Finding(
                        Fault.FEATURE_MISSING,
                        reason,
                        "what is steered here can't be told",
                        fix(reason, facts.host()))));
    return found;
  }

  private static Fix fix(String reason, Host host) {
    Matcher modules = MODULES.matcher(reason);
    if (modules.find()) {
      return new Fix.Run("modprobe -a " + modules.group(1).replace(",", ""));
    }
    if (reason.contains("not installed")
        || reason.contains("whole package")
        || reason.contains("doesn't know the")) {
      return new Fix.Ask("install the packages iptables, nftables, iproute2 and util-linux");
    }
    if (host.seccomp() && reason.contains("EPERM")) {
      return new Fix.Ask(
          "start this container without its seccomp filter, or with one that allows bpf(2)");
    }
    return reason.contains("EPERM")
        ? new Fix.Ask("start it as root of the host, with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON")
        : new Fix.Ask("use a kernel that has it, or another mode");
  }
}
