// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.TableProgram;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleReaderTest {
  /** Left: as it is written. Right: as both variants of iptables 1.8.9 save it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p tcp --dport 15008 -j RETURN | -p tcp -m tcp --dport 15008 -j RETURN",
        "-p udp ! --dport 8000:65535 -j ACCEPT | -p udp -m udp ! --dport 8000:65535 -j ACCEPT",
        "-p tcp --sport 5 --dport 8:9 -j DROP | -p tcp -m tcp --sport 5 --dport 8:9 -j DROP",
        "-o lo -s 127.0.0.6/32 -j RETURN | -s 127.0.0.6/32 -o lo -j RETURN",
        "-d 10.1.2.3/8 -i eth+ -j ACCEPT | -d 10.0.0.0/8 -i eth+ -j ACCEPT",
        "-p tcp ! -d ::1/128 -j SLUICE_A | ! -d ::1/128 -p tcp -j SLUICE_A",
        "-p tcp ! --syn -j DROP | -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP",
        "-p tcp -m multiport ! --dports 53,80:81 -j DROP"
            + " | -p tcp -m multiport ! --dports 53,80:81 -j DROP",
        "-m owner ! --gid-owner 1 -m owner ! --gid-owner 2 -j RETURN"
            + " | -m owner ! --gid-owner 1 -m owner ! --gid-owner 2 -j RETURN",
        "-m owner --uid-owner 4294967294 -j RETURN | -m owner --uid-owner 4294967294 -j RETURN",
        "-m mark ! --mark 0x539/0xfff -j RETURN | -m mark ! --mark 0x539/0xfff -j RETURN",
        "-m connmark --mark 1337 -j ACCEPT | -m connmark --mark 0x539 -j ACCEPT",
        "-m conntrack --ctstate RELATED,ESTABLISHED -j DROP"
            + " | -m conntrack --ctstate RELATED,ESTABLISHED -j DROP",
        "-p tcp -m conntrack --ctorigdstport 9 --ctdir REPLY -j RETURN"
            + " | -p tcp -m conntrack --ctorigdstport 9 --ctdir REPLY -j RETURN",
        "-p tcp -j REDIRECT --to-ports 15001 | -p tcp -j REDIRECT --to-ports 15001",
        "-p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006"
            + " | -p tcp -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff",
        "-p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006"
            + " | -p tcp -j TPROXY --on-port 15006 --on-ip :: --tproxy-mark 0x539/0xffffffff",
        "-j MARK --set-mark 4294967295 | -j MARK --set-xmark 0xffffffff/0xffffffff",
        "-j CONNMARK --set-xmark 0x111/0xfff | -j CONNMARK --set-xmark 0x111/0xfff",
        "-j CONNMARK --save-mark"
            + " | -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "-j CONNMARK --restore-mark"
            + " | -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "-p udp --sport 53 -j CT --zone 1 | -p udp -m udp --sport 53 -j CT --zone 1",
      })
  void readsWhatIsSavedAsWhatWasWritten(String written, String saved) {
    assertThat(RuleReader.read(saved)).isPresent().isEqualTo(RuleReader.read(written));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-p tcp",
        "-j LOG",
        "-j DNAT --to-destination 10.0.0.1",
        "-p icmp -j RETURN",
        "-p tcp -m tcp --tcp-flags SYN,ACK SYN -j DROP",
        "-m limit --limit 3/hour -j RETURN",
        "-m mark --mark 0x1/0x0 -j RETURN",
        "-m owner --uid-owner 5-9 -j RETURN",
        "-m conntrack --ctstate NEW -j RETURN",
        "-m comment --comment \"-j RETURN\" -j RETURN",
        "-p tcp -m tcp --dport 0 -j RETURN",
        "-j MARK --set-xmark 0x1/0xff",
        "-j MARK --and-mark 0x1",
        "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff",
        "-p tcp -j TPROXY --on-port 1 --on-ip 10.0.0.1 --tproxy-mark 0x1/0xffffffff",
        "-p tcp -j REDIRECT --to-ports 1-9",
        "-j RETURN -j RETURN",
      })
  void knowsNothingThatProgramsDoNotUse(String saved) {
    assertThat(RuleReader.read(saved)).isEmpty();
    assertThat(RuleReader.canonical(saved)).isEqualTo(saved);
  }

  static Stream<Rule> plannedRules() {
    return GoldenOptions.byName().values().stream()
        .map(options -> RulePlanner.plan(options, List.of(Family.IPV4, Family.IPV6)))
        .flatMap(program -> program.families().stream())
        .map(FamilyProgram::tables)
        .flatMap(List::stream)
        .map(TableProgram::chains)
        .flatMap(List::stream)
        .map(Chain::rules)
        .flatMap(List::stream)
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("plannedRules")
  void readsWhatIsWritten(Rule rule) {
    assertThat(RuleReader.read(IptablesText.rule(rule))).contains(NormalForm.of(rule));
  }

  @Test
  void comparesInOneForm() {
    assertThat(RuleReader.canonical("-o lo -d 10.1.1.1/8 -j RETURN"))
        .isEqualTo("-d 10.0.0.0/8 -o lo -j RETURN");
  }
}
