// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NftScriptTest {
  private static final TableName NAT = TableName.of(Family.IPV4, Table.NAT);
  private static final Optional<BaseChain> OUTPUT =
      Optional.of(BaseChain.of(Table.NAT, Hook.OUTPUT));

  private static final String BODY =
      """
      table ip sluice_nat {
        chain OUTPUT {
          type nat hook output priority -100; policy accept;
          meta l4proto tcp counter jump SLUICE_OUTPUT comment "enter"
        }
        chain SLUICE_OUTPUT {
          meta l4proto tcp counter redirect to :15001 comment "capture"
        }
      }
      """;

  @Test
  void writesATableThatIsNotThere() {
    assertThat(NftScript.compose(Map.of(), bodies()))
        .isEqualTo("add table ip sluice_nat\nflush table ip sluice_nat\n" + BODY);
  }

  @Test
  void writesTheSameOverTheSame() {
    Map<TableName, TableShape> present =
        Map.of(NAT, new TableShape(Map.of("OUTPUT", OUTPUT, "SLUICE_OUTPUT", Optional.empty())));

    assertThat(NftScript.compose(present, bodies()))
        .isEqualTo(NftScript.compose(Map.of(), bodies()));
  }

  @Test
  void removesChainsAndTablesThatAreNotWanted() {
    Map<TableName, TableShape> present =
        Map.of(
            NAT,
            new TableShape(Map.of("OUTPUT", OUTPUT, "SLUICE_OLD", Optional.empty())),
            TableName.of(Family.IPV6, Table.RAW),
            new TableShape(Map.of()));

    assertThat(NftScript.compose(present, bodies()))
        .isEqualTo(
            "add table ip sluice_nat\nflush table ip sluice_nat\n"
                + "delete chain ip sluice_nat SLUICE_OLD\n"
                + BODY
                + "delete table ip6 sluice_raw\n");
    assertThat(NftScript.compose(Map.of(NAT, new TableShape(Map.of())), List.of()))
        .isEqualTo("delete table ip sluice_nat\n");
    assertThat(NftScript.compose(Map.of(), List.of())).isEmpty();
  }

  @Test
  void makesATableAnewWhoseChainIsCalledInAnotherWay() {
    Optional<BaseChain> early = Optional.of(new BaseChain("nat", "output", -101, "accept"));
    Map<TableName, TableShape> present = Map.of(NAT, new TableShape(Map.of("OUTPUT", early)));

    assertThat(NftScript.compose(present, bodies()))
        .startsWith("delete table ip sluice_nat\nadd table ip sluice_nat\n");
  }

  @Test
  void callsEachTableWhereIptablesDoes() {
    assertThat(BaseChain.of(Table.RAW, Hook.PREROUTING))
        .hasToString("type filter hook prerouting priority -300; policy accept;");
    assertThat(BaseChain.of(Table.MANGLE, Hook.PREROUTING))
        .hasToString("type filter hook prerouting priority -150; policy accept;");
    assertThat(BaseChain.of(Table.MANGLE, Hook.OUTPUT))
        .hasToString("type route hook output priority -150; policy accept;");
  }

  private static List<TableBody> bodies() {
    Rule enter = new Rule("enter", List.of(new Match.Tcp()), new Target.Call("SLUICE_OUTPUT"));
    Rule capture = new Rule("capture", List.of(new Match.Tcp()), new Target.Redirect(15001));
    TableProgram nat =
        new TableProgram(
            Table.NAT,
            List.of(new Chain("SLUICE_OUTPUT", List.of(capture))),
            List.of(new Entry(Hook.OUTPUT, enter)));
    return TableBody.of(
        new RuleProgram(List.of(new FamilyProgram(Family.IPV4, List.of(nat), List.of()))));
  }
}
