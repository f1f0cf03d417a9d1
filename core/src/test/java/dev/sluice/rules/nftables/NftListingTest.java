// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.rules.Family;
import dev.sluice.rules.Hook;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listings that no program of ours gives; those that one does are round trips on the kernel. */
final class NftListingTest {
  private static final String TCP =
      """
      {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": 6}}\
      """;
  private static final String COUNTER = "{\"counter\": {\"packets\": 7, \"bytes\": 420}}";
  private static final String TPROXY =
      TCP
          + ", "
          + COUNTER
          + """
          , {"tproxy": {"port": 15006}},
          {"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1337}}, {"accept": null}\
          """;

  @Test
  void takesTproxyAndTheLossBehindItAsOneRule() {
    Listing listing = list(chain("SLUICE_A"), rule("SLUICE_A", TPROXY), rule("SLUICE_A", drop()));

    assertThat(listing.strange()).isEmpty();
    assertThat(table(listing).chains().getFirst().rules())
        .singleElement()
        .satisfies(r -> assertThat(r.target()).isEqualTo(new Target.Tproxy(15006, 1337)));
  }

  /** So a closed program of which somebody took the loss away is another program. */
  @Test
  void takesTproxyWithoutTheLossBehindItForOneThatPasses() {
    Listing alone = list(chain("SLUICE_A"), rule("SLUICE_A", TPROXY));
    Listing otherLoss =
        list(chain("SLUICE_A"), rule("SLUICE_A", TPROXY), rule("SLUICE_A", "{\"drop\": null}"));

    assertThat(alone.strange()).isEmpty();
    assertThat(table(alone).chains().getFirst().rules())
        .extracting(Rule::target)
        .containsExactly(new Target.TproxyIfServed(15006, 1337));
    assertThat(table(otherLoss).chains().getFirst().rules())
        .extracting(Rule::target)
        .containsExactly(new Target.TproxyIfServed(15006, 1337), new Target.Drop());
  }

  @Test
  void keepsStrangeRulesInTheirPlace() {
    Listing listing =
        list(
            chain("SLUICE_A"),
            rule("SLUICE_A", TCP + ", {\"return\": null}"),
            rule("SLUICE_A", "{\"log\": null}"),
            rule("SLUICE_A", TCP + ", {\"accept\": null}"));

    assertThat(listing.strange()).containsExactly("ip sluice_nat SLUICE_A: [{\"log\": null}]");
    assertThat(listing.chains())
        .containsExactly(
            new ListedChain(
                Family.IPV4,
                Table.NAT,
                "SLUICE_A",
                List.of(
                    "meta l4proto tcp counter return",
                    "[{\"log\": null}]",
                    "meta l4proto tcp counter accept")));
  }

  /** As the kernel holds it, for versions of nft that have no operator of their own for it. */
  @ParameterizedTest
  @CsvSource({"==, true", "!=, false"})
  void takesStateBitsThatAreComparedWithNone(String operator, boolean negated) {
    Match known = new Match.KnownConnection();
    String condition =
        """
        {"match": {"op": "%s", "left": {"&": [{"ct": {"key": "state"}}, {"|": [2, 4]}]}, "right": 0}},
        {"return": null}\
        """
            .formatted(operator);

    assertThat(
            table(list(chain("SLUICE_A"), rule("SLUICE_A", condition)))
                .chains()
                .getFirst()
                .rules()
                .getFirst()
                .matches())
        .containsExactly(negated ? new Match.Not(known) : known);
  }

  @Test
  void findsConditionsBehindAStatementStrange() {
    assertThat(list(chain("SLUICE_A"), rule("SLUICE_A", "{\"return\": null}, " + TCP)).strange())
        .hasSize(1);
  }

  @Test
  void takesAChainOfTheKernelOnlyAtItsPlace() {
    String base = "\"type\": \"nat\", \"hook\": \"output\", \"policy\": \"accept\", \"prio\": ";
    String jump = rule("OUTPUT", "{\"jump\": {\"target\": \"SLUICE_A\"}}");

    Listing ours = list(chain("OUTPUT", base + "-100"), jump);
    assertThat(table(ours).entriesOf(Hook.OUTPUT)).hasSize(1);
    assertThat(ours.strange()).isEmpty();

    Listing elsewhere = list(chain("OUTPUT", base + "100"), jump);
    assertThat(elsewhere.strange()).hasSize(2);
    assertThat(elsewhere.program().families()).isEmpty();
  }

  @Test
  void findsSetsAndForeignChainsStrange() {
    Listing listing = list(chain("other"), "{\"set\": {\"name\": \"s\"}}");

    assertThat(listing.strange())
        .containsExactly(
            "ip sluice_nat: {\"set\": {\"name\": \"s\"}}", "ip sluice_nat other: a chain");
  }

  @Test
  void namesTablesOfOtherVersions() {
    ListedTable table =
        ListedTable.of(new TableName("inet", "sluice_nat"), Json.parse("{\"nftables\": []}"));

    assertThat(NftListing.of(List.of(table), List.of()).strange())
        .containsExactly("table inet sluice_nat");
  }

  @Test
  void refusesWhatIsNoJson() {
    assertThatThrownBy(() -> Json.parse("nftables")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Json.parse("{\"a\": [1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Json.parse("")).isInstanceOf(IllegalArgumentException.class);
  }

  private static TableProgram table(Listing listing) {
    return listing.program().families().getFirst().tables().getFirst();
  }

  private static String drop() {
    return TCP + ", " + COUNTER + ", {\"drop\": null}";
  }

  private static String chain(String name) {
    return "{\"chain\": {\"name\": \"" + name + "\"}}";
  }

  private static String chain(String name, String base) {
    return "{\"chain\": {\"name\": \"" + name + "\", " + base + "}}";
  }

  private static String rule(String chain, String expressions) {
    return "{\"rule\": {\"chain\": \"" + chain + "\", \"expr\": [" + expressions + "]}}";
  }

  private static Listing list(String... objects) {
    String text = "{\"nftables\": [{\"metainfo\": {}}, " + String.join(", ", objects) + "]}";
    return NftListing.of(
        List.of(ListedTable.of(TableName.of(Family.IPV4, Table.NAT), Json.parse(text))), List.of());
  }
}
