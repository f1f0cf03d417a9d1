// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.iptables.IptablesText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The programs of {@link GoldenOptions}, each reviewed line by line. {@code
 * -Dsluice.golden.write=true} writes what the planner makes instead of comparing it.
 */
final class RulePlannerTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/sluice/rules/golden");
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);

  static Stream<String> names() {
    return GoldenOptions.byName().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void plansWhatWasReviewed(String name) throws IOException {
    Path golden = GOLDEN.resolve(name + ".txt");
    String planned = text(plan(name));
    if (Boolean.getBoolean("sluice.golden.write")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, planned);
    }

    assertThat(planned).isEqualTo(Files.readString(golden));
  }

  @Test
  void hasAProgramForEverySetOfOptionsAndNoneBesides() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrderElementsOf(names().map(name -> name + ".txt").toList());
    }
  }

  @Test
  void plansOnlyTheFamiliesThatAreThere() {
    GoldenOptions.byName()
        .forEach(
            (name, options) -> {
              RuleProgram both = RulePlanner.plan(options, BOTH);
              RuleProgram one = RulePlanner.plan(options, List.of(Family.IPV6));
              assertThat(one.families()).as(name).containsExactly(both.families().getLast());
            });
  }

  @ParameterizedTest
  @MethodSource("names")
  void putsNothingButJumpsIntoBuiltInChains(String name) {
    assertThat(tables(name))
        .flatExtracting(TableProgram::entries)
        .allSatisfy(entry -> assertThat(entry.rule().target()).isInstanceOf(Target.Call.class));
  }

  @ParameterizedTest
  @MethodSource("names")
  void callsEveryChainThatItMakesAndMakesEveryChainThatItCalls(String name) {
    assertThat(tables(name))
        .allSatisfy(
            table -> {
              List<String> called =
                  Stream.concat(
                          table.entries().stream().map(Entry::rule),
                          table.chains().stream().flatMap(chain -> chain.rules().stream()))
                      .flatMap(
                          rule ->
                              rule.target() instanceof Target.Call(String chain)
                                  ? Stream.of(chain)
                                  : Stream.empty())
                      .distinct()
                      .toList();
              assertThat(table.chains().stream().map(Chain::name))
                  .containsExactlyInAnyOrderElementsOf(called);
            });
  }

  @Test
  void needsNoNatForTproxyInBothDirections() {
    assertThat(tables("tproxy-both")).extracting(TableProgram::table).containsOnly(Table.MANGLE);
  }

  private static List<TableProgram> tables(String name) {
    return plan(name).families().stream().flatMap(part -> part.tables().stream()).toList();
  }

  private static RuleProgram plan(String name) {
    Map<String, RuleOptions> options = GoldenOptions.byName();
    return RulePlanner.plan(
        options.getOrDefault(name, RuleOptions.defaults(Interception.NODE)), BOTH);
  }

  private static String text(RuleProgram program) {
    StringBuilder text = new StringBuilder();
    for (FamilyProgram part : program.families()) {
      text.append(part.family().label()).append('\n');
      part.routing().forEach(entry -> text.append("  ").append(entry).append('\n'));
      for (TableProgram table : part.tables()) {
        text.append("  ").append(table.table().spelling()).append('\n');
        table.entries().forEach(entry -> rule(text, entry.hook().name(), entry.rule()));
        table
            .chains()
            .forEach(chain -> chain.rules().forEach(rule -> rule(text, chain.name(), rule)));
      }
    }
    return text.toString();
  }

  private static void rule(StringBuilder text, String chain, Rule rule) {
    text.append("    %s %s%n      # %s%n".formatted(chain, IptablesText.rule(rule), rule.why()));
  }
}
