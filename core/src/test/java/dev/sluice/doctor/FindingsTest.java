// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.ProbeResult;
import dev.sluice.rules.Ipv6Support;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What can't be arranged on a machine that others use. */
final class FindingsTest {
  private static final Host HOST = new Host(false, "6.18.0", false);
  private static final Ability WORKS = new Ability(Mode.TPROXY, new ProbeResult.Supported());

  @Test
  void warnsOfATableOfConnectionsThatIsNearlyFull() {
    Map<String, String> settings =
        Map.of("net.netfilter.nf_conntrack_count", "950", "net.netfilter.nf_conntrack_max", "1000");

    List<Finding> found = Findings.of(facts(HOST, WORKS, settings));

    assertThat(found).extracting(Finding::fault).containsExactly(Fault.CONNTRACK_FULL);
    assertThat(found.getFirst().what()).contains("95 % of the 1000 connections");
    assertThat(found.getFirst().fix())
        .isEqualTo(new Finding.Fix.Run("sysctl -w net.netfilter.nf_conntrack_max=2000"));
  }

  @Test
  void saysWhichModulesToLoad() {
    Ability lacks =
        new Ability(
            Mode.TPROXY,
            new ProbeResult.Unsupported(
                "writing the IPv4 rules: the kernel refused '-j TPROXY' (No such file or"
                    + " directory); expected a kernel with xt_mark, xt_TPROXY; without it only the"
                    + " mode REDIRECT is possible"));

    List<Finding> found = Findings.of(facts(HOST, lacks, Map.of()));

    assertThat(found).extracting(Finding::fault).containsExactly(Fault.FEATURE_MISSING);
    assertThat(found.getFirst().fix())
        .isEqualTo(new Finding.Fix.Run("modprobe -a xt_mark xt_TPROXY"));
  }

  @Test
  void leavesOutWhatNobodyWants() {
    Ability lacks = new Ability(Mode.SOCKET, new ProbeResult.Unsupported("no such hook"));

    assertThat(Findings.of(facts(HOST, lacks, Map.of()))).isEmpty();
  }

  @Test
  void theVerdictHasTheFix() {
    Facts facts = facts(HOST, WORKS, Map.of("net.ipv4.conf.all.src_valid_mark", "1"));

    assertThat(Findings.verdict(facts, Findings.of(facts)))
        .isEqualTo(
            "One fault: net.ipv4.conf.all.src_valid_mark is 1; expected 0; run: sysctl -w"
                + " net.ipv4.conf.all.src_valid_mark=0");
  }

  private static Facts facts(Host host, Ability ability, Map<String, String> settings) {
    return new Facts(
        new Subject(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Set.of(Mode.TPROXY),
            Optional.empty()),
        host,
        List.of(ability),
        new NamespaceFacts(
            1,
            new NamespaceFacts.Sockets(Ipv6Support.ON, true, List.of(), List.of()),
            List.of(),
            Optional.empty(),
            List.of(),
            settings),
        new CgroupFacts(
            Optional.of(Path.of("/sys/fs/cgroup")),
            Optional.of(Path.of("/sys/fs/bpf")),
            Optional.of(Path.of("/sys/fs/cgroup")),
            List.of(),
            Map.of(),
            List.of()),
        List.of());
  }
}
