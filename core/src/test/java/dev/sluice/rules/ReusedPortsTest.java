// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A first packet that nat is not asked about is judged as nat would judge it. */
final class ReusedPortsTest {
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);

  static Stream<String> names() {
    return GoldenOptions.byName().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void dropsWhatNatWouldRedirectAndNothingElse(String name) {
    RuleOptions options = GoldenOptions.byName().getOrDefault(name, NO_OPTIONS);
    for (FamilyProgram program : RulePlanner.plan(options, BOTH).families()) {
      List<Rule> judged = new ArrayList<>();
      for (String chain : List.of(ChainNames.OUTPUT, ChainNames.CAPTURE)) {
        for (Rule rule : rules(program, Table.NAT, chain)) {
          judged.addAll(judged(program, rule));
        }
      }
      List<Rule> again = new ArrayList<>(rules(program, Table.MANGLE, ChainNames.REUSED));
      again.addAll(rules(program, Table.MANGLE, ChainNames.REUSED_CAPTURE));

      assertThat(again)
          .as(program.family().label())
          .isEqualTo(redirects(judged) ? judged : List.of());
      assertThat(rules(program, Table.NAT, ChainNames.LEFT)).hasSize(redirects(judged) ? 1 : 0);
    }
  }

  private static final RuleOptions NO_OPTIONS = RuleOptions.defaults(Interception.REDIRECT);

  private static boolean redirects(List<Rule> judged) {
    return judged.stream().anyMatch(rule -> rule.target() instanceof Target.Drop);
  }

  /** What has to be there about a first packet for a rule of nat. */
  private static List<Rule> judged(FamilyProgram program, Rule rule) {
    return switch (rule.target()) {
      case Target.Redirect _ -> List.of(with(rule, new Target.Drop()));
      case Target.Call(String chain) when chain.equals(ChainNames.REDIRECT) ->
          List.of(with(rule, new Target.Drop()));
      case Target.Call(String chain) when chain.equals(ChainNames.CAPTURE) ->
          List.of(with(rule, new Target.Call(ChainNames.REUSED_CAPTURE)));
      case Target.Call(String chain) when chain.equals(ChainNames.OUTPUT_DNS) ->
          rules(program, Table.NAT, chain).stream()
              .filter(query -> query.matches().contains(new Match.Tcp()))
              .map(query -> with(both(rule, query), new Target.Drop()))
              .toList();
      // The proxy's own to the application and to itself, which are none of those that leave.
      case Target.Call _ -> List.of();
      default -> ofThisHost(rule) ? List.of() : List.of(rule);
    };
  }

  private static boolean ofThisHost(Rule rule) {
    return Stream.of(
            "the proxy dials the application",
            "and does so from the client's address",
            "the application's answers go back to the proxy",
            "answers to probes")
        .anyMatch(rule.why()::equals);
  }

  /** What both say about a packet that goes from one to the other. */
  private static Rule both(Rule call, Rule called) {
    List<Match> matches = new ArrayList<>(call.matches());
    matches.addAll(called.matches());
    return new Rule(called.why(), matches, called.target());
  }

  private static Rule with(Rule rule, Target target) {
    return new Rule(rule.why(), rule.matches(), target);
  }

  private static List<Rule> rules(FamilyProgram program, Table table, String chain) {
    return program.tables().stream()
        .filter(each -> each.table() == table)
        .flatMap(each -> each.chains().stream())
        .filter(each -> each.name().equals(chain))
        .flatMap(each -> each.rules().stream())
        .toList();
  }
}
