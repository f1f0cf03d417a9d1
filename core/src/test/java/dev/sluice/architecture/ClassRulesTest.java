// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each rule about classes fires: on fixtures that break exactly one rule each, beside others that
 * keep it.
 */
final class ClassRulesTest {
  private static final String ROOT = "dev.sluice.architecture.fixture";
  private static final JavaClasses FIXTURES = new ClassFileImporter().importPackages(ROOT);
  private static final ClassRules RULES = new ClassRules(ROOT);

  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of(
            RULES.everyPackageIsInTheLayerTable(),
            List.of("helper.InNoLayer", "nowhere.InNoLayer")),
        Arguments.of(
            RULES.importsGoDownwards(),
            List.of(
                "http.ReachesItsFilters",
                "inbound.ReachesOutbound",
                "listener.ReachesSidewards",
                "model.ReachesUpwards",
                "outbound.ReachesInbound")),
        Arguments.of(RULES.onlyListedPackagesUseLinux(), List.of("policy.ReachesLinux")),
        Arguments.of(RULES.plainPackagesAreFreeOfNetty(), List.of("policy.HoldsNettyBuffer")),
        Arguments.of(RULES.foreignMemoryStaysInFfi(), List.of("linux.socket.HoldsForeignMemory")),
        Arguments.of(RULES.ffiIsForLinuxOnly(), List.of("relay.ReachesFfi")),
        Arguments.of(RULES.linuxDependsOnTheJdkOnly(), List.of("linux.HoldsNettyBuffer")),
        Arguments.of(RULES.inboundDoesNotUseOutbound(), List.of("inbound.ReachesOutbound")),
        Arguments.of(RULES.outboundDoesNotUseInbound(), List.of("outbound.ReachesInbound")),
        Arguments.of(
            RULES.namesSayWhatTheyAreFor(), List.of("helper.InNoLayer", "net.AddressUtils")));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void firesOnTheClassesThatBreakItAndOnNoOther(ArchRule rule, List<String> offenders) {
    List<String> details = rule.evaluate(FIXTURES).getFailureReport().getDetails();

    List<String> reported =
        FIXTURES.stream()
            .map(type -> type.getName())
            .filter(name -> details.stream().anyMatch(detail -> startsWith(detail, name)))
            .map(name -> name.substring(ROOT.length() + 1))
            .filter(name -> !name.endsWith("package-info"))
            .sorted()
            .toList();
    assertThat(reported).containsExactlyElementsOf(offenders);
  }

  /** A detail names the class that breaks the rule first: as a class, or as owner of a member. */
  private static boolean startsWith(String detail, String name) {
    return detail.matches(
        "(Class |Field |Method |Constructor |)<?" + Pattern.quote(name) + "[ .>].*");
  }
}
