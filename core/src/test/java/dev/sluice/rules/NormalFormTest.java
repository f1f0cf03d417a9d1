// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Match.Destination;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Return;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NormalFormTest {
  @Test
  void forgetsReasonsAndTheOrderOfMatches() {
    Rule one = new Rule("one", List.of(new Tcp(), new OutInterface("lo")), new Return());
    Rule two = new Rule("two", List.of(new OutInterface("lo"), new Tcp()), new Return());

    assertThat(NormalForm.of(one)).isEqualTo(NormalForm.of(two)).isNotEqualTo(one);
  }

  @Test
  void keepsTheOrderOfMatchesOfOneKind() {
    assertThat(normal(new OwnerGroup(2), new OwnerGroup(1)))
        .containsExactly(new OwnerGroup(2), new OwnerGroup(1));
  }

  @Test
  void cutsAddressesAtTheirPrefix() {
    assertThat(normal(new Not(new Destination(Subnet.parse("10.1.2.3/12")))))
        .containsExactly(new Not(new Destination(Subnet.parse("10.0.0.0/12"))));
    assertThat(normal(new Source(Subnet.parse("2001:db8:ffff::1/33"))))
        .containsExactly(new Source(Subnet.parse("2001:db8:8000::/33")));
  }

  @Test
  void leavesOutWhatAcceptsEverything() {
    assertThat(normal(new Destination(Subnet.parse("0.0.0.0/0")))).isEmpty();
    assertThat(normal(new Not(new Destination(Subnet.parse("::/0"))))).hasSize(1);
  }

  @Test
  void keepsTheOrderOfRules() {
    Rule first = new Rule("first", List.of(new Tcp()), new Return());
    Rule second = new Rule("second", List.of(), new Return());

    assertThat(NormalForm.of(program(first, second)))
        .isNotEqualTo(NormalForm.of(program(second, first)));
  }

  private static RuleProgram program(Rule... rules) {
    TableProgram nat =
        new TableProgram(Table.NAT, List.of(new Chain("SLUICE_A", List.of(rules))), List.of());
    return new RuleProgram(List.of(new FamilyProgram(Family.IPV4, List.of(nat), List.of())));
  }

  private static List<Match> normal(Match... matches) {
    return NormalForm.of(new Rule("a reason", List.of(matches), new Return())).matches();
  }
}
