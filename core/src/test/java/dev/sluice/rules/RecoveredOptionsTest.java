// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What was planned is planned again from what can be read of it, whatever the order. */
final class RecoveredOptionsTest {
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);
  private static final int TABLE = ProxyIdentity.ISTIO.routeTable();

  /** Those with DNS, virtual machines, or the proxy on the node. */
  private static Optional<RuleOptions> recovered(String name) {
    return RecoveredOptions.of(RulePlanner.plan(options(name), BOTH), TABLE);
  }

  static Stream<String> names() {
    return GoldenOptions.byName().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void plansTheSameProgramOrSaysThatItCant(String name) {
    RuleProgram planned = RulePlanner.plan(options(name), BOTH);
    RecoveredOptions.of(planned, options(name).proxy().routeTable())
        .ifPresent(
            found ->
                assertThat(NormalForm.of(RulePlanner.plan(found, BOTH)))
                    .isEqualTo(NormalForm.of(planned)));
  }

  @Test
  void recoversMost() {
    List<String> not = names().filter(name -> recovered(name).isEmpty()).sorted().toList();

    assertThat(not.size()).as(not.toString()).isLessThan(GoldenOptions.byName().size() / 2);
  }

  @ParameterizedTest
  @MethodSource("names")
  void doesNotMindTheOrder(String name) {
    RuleProgram planned = RulePlanner.plan(options(name), BOTH);
    Optional<RuleOptions> straight = RecoveredOptions.of(planned, TABLE);

    assertThat(RecoveredOptions.of(reversed(planned), TABLE).isPresent())
        .isEqualTo(straight.isPresent());
    straight.ifPresent(
        found -> {
          RuleOptions other = RecoveredOptions.of(reversed(planned), TABLE).orElseThrow();
          assertThat(rules(RulePlanner.plan(other, BOTH)))
              .isEqualTo(rules(RulePlanner.plan(found, BOTH)));
        });
  }

  @Test
  void tellsOpenFromClosed() {
    RuleOptions open = RuleOptions.defaults(Interception.TPROXY).withUnserved(Unserved.PASSED);
    assertThat(RecoveredOptions.of(RulePlanner.plan(open, BOTH), TABLE)).contains(open);
    assertThat(String.join(" ", InitWords.of(open))).contains(" --inbound-on-proxy-death open ");
  }

  @Test
  void wordsAreThoseOfInit() {
    assertThat(String.join(" ", InitWords.of(RuleOptions.defaults(Interception.TPROXY_OUTBOUND))))
        .isEqualTo(
            "-m REDIRECT --outbound-interception-mode TPROXY -p 15001 -z 15006 -u 1337 -g 1337"
                + " -b '*' -d 15090,15021,15020 -i '*'");
  }

  private static RuleOptions options(String name) {
    return Objects.requireNonNull(GoldenOptions.byName().get(name));
  }

  private static RuleProgram reversed(RuleProgram program) {
    return new RuleProgram(
        program.families().stream()
            .map(
                part ->
                    new FamilyProgram(
                        part.family(),
                        part.tables().stream().map(RecoveredOptionsTest::reversed).toList(),
                        part.routing()))
            .toList());
  }

  private static TableProgram reversed(TableProgram table) {
    List<Chain> chains = new ArrayList<>();
    for (Chain chain : table.chains()) {
      List<Rule> rules = new ArrayList<>(chain.rules());
      Collections.shuffle(rules, new Random(7));
      chains.add(new Chain(chain.name(), rules));
    }
    return new TableProgram(table.table(), chains, table.entries());
  }

  private static Set<String> rules(RuleProgram program) {
    return Set.copyOf(
        NormalForm.of(program).families().stream()
            .flatMap(part -> part.tables().stream())
            .flatMap(table -> table.chains().stream())
            .flatMap(chain -> chain.rules().stream().map(rule -> chain.name() + " " + rule))
            .distinct()
            .toList());
  }
}
