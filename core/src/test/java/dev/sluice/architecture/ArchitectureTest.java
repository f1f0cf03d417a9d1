// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The product keeps the rules: the classes of {@code native} and {@code core}, and all sources. */
final class ArchitectureTest {
  private static final String ROOT = "dev.sluice";
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  static Stream<Named<ArchRule>> rules() {
    ClassRules rules = new ClassRules(ROOT);
    return Stream.of(
            rules.everyPackageIsInTheLayerTable(),
            rules.importsGoDownwards(),
            rules.onlyListedPackagesUseLinux(),
            rules.plainPackagesAreFreeOfNetty(),
            rules.foreignMemoryStaysInFfi(),
            rules.ffiIsForLinuxOnly(),
            rules.linuxDependsOnTheJdkOnly(),
            rules.inboundDoesNotUseOutbound(),
            rules.outboundDoesNotUseInbound(),
            rules.namesSayWhatTheyAreFor())
        .map(rule -> Named.of(rule.getDescription(), rule.allowEmptyShould(true)));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void classesKeepTheRule(ArchRule rule) {
    rule.check(PRODUCT);
  }

  @Test
  void seesTheClassesOfBothModules() {
    assertThat(PRODUCT.contain("dev.sluice.linux.socket.SocketOptions")).isTrue();
    assertThat(PRODUCT.contain("dev.sluice.policy.ServicePolicy")).isTrue();
    assertThat(PRODUCT.contain(ArchitectureTest.class)).isFalse();
  }

  @Test
  void sourcesKeepTheRules() throws IOException {
    SourceTree tree = SourceTree.ofThisCheckout();

    assertThat(tree.files()).hasSizeGreaterThan(50);
    assertThat(SourceRules.problemsOf(tree)).isEmpty();
  }
}
