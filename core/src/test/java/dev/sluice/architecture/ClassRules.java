// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Rules about compiled classes below {@code root}. */
record ClassRules(String root) {
  private static final Pattern VAGUE_PACKAGE =
      Pattern.compile(".*\\.(utils?|commons?|managers?|helpers?|impl|internal)(\\..*)?");
  private static final Pattern VAGUE_CLASS =
      Pattern.compile(".*(Utils?|Common|Manager|Helpers?|Impl|Internal)");

  ArchRule everyPackageIsInTheLayerTable() {
    return classes()
        .that(areOutsideLinux())
        .should(
            new ArchCondition<>("live in a package of the layer table") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean known = LayerTable.entryOf(root, type.getPackageName()).isPresent();
                events.add(
                    new SimpleConditionEvent(type, known, type.getName() + " is in no layer"));
              }
            });
  }

  ArchRule importsGoDownwards() {
    return classes()
        .that(areOutsideLinux())
        .should(
            new ArchCondition<>("use lower layers and the listed neighbours only") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                  events.add(
                      new SimpleConditionEvent(
                          dependency, goesDownwards(dependency), dependency.getDescription()));
                }
              }
            });
  }

  ArchRule onlyListedPackagesUseLinux() {
    return noClasses()
        .that(areOutsideLinux())
        .and(areNotInEntries(LayerTable.MAY_IMPORT_LINUX))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(root + ".linux..");
  }

  ArchRule plainPackagesAreFreeOfNetty() {
    return noClasses()
        .that(areInEntries(LayerTable.FREE_OF_NETTY))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..");
  }

  ArchRule foreignMemoryStaysInFfi() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(root + ".linux.ffi..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..");
  }

  ArchRule ffiIsForLinuxOnly() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(root + ".linux..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(root + ".linux.ffi..");
  }

  ArchRule linuxDependsOnTheJdkOnly() {
    return classes()
        .that()
        .resideInAPackage(root + ".linux..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(root + ".linux..", "java..", "org.jspecify..");
  }

  ArchRule inboundDoesNotUseOutbound() {
    return apart("inbound", "outbound");
  }

  ArchRule outboundDoesNotUseInbound() {
    return apart("outbound", "inbound");
  }

  ArchRule namesSayWhatTheyAreFor() {
    return noClasses()
        .should(haveVagueNames())
        .as("no class should be called, or live in a package called, util, common, manager, ...");
  }

  private ArchRule apart(String origin, String target) {
    return noClasses()
        .that()
        .resideInAPackage(root + "." + origin + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(root + "." + target + "..");
  }

  private boolean goesDownwards(Dependency dependency) {
    Optional<String> origin =
        LayerTable.entryOf(root, dependency.getOriginClass().getPackageName());
    Optional<String> target =
        LayerTable.entryOf(
            root, dependency.getTargetClass().getBaseComponentType().getPackageName());
    return origin.isEmpty() || target.isEmpty() || LayerTable.allows(origin.get(), target.get());
  }

  private DescribedPredicate<JavaClass> areOutsideLinux() {
    return DescribedPredicate.describe(
        "are outside linux", type -> !(type.getPackageName() + ".").startsWith(root + ".linux."));
  }

  private DescribedPredicate<JavaClass> areInEntries(Set<String> entries) {
    return DescribedPredicate.describe("are in " + entries, type -> isIn(entries, type));
  }

  private DescribedPredicate<JavaClass> areNotInEntries(Set<String> entries) {
    return DescribedPredicate.describe("are not in " + entries, type -> !isIn(entries, type));
  }

  private boolean isIn(Set<String> entries, JavaClass type) {
    return LayerTable.entryOf(root, type.getPackageName()).map(entries::contains).orElse(false);
  }

  private static ArchCondition<JavaClass> haveVagueNames() {
    return new ArchCondition<>("have a name that could mean anything") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean vague =
            VAGUE_PACKAGE.matcher(type.getPackageName()).matches()
                || VAGUE_CLASS.matcher(type.getSimpleName()).matches();
        events.add(new SimpleConditionEvent(type, vague, type.getName() + " has a vague name"));
      }
    };
  }
}
