// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule about sources fires: a tree that keeps them all, broken in one place at a time. */
final class SourceRulesTest {
  private static final String SPDX = "// SPDX-License-Identifier: Apache-2.0\n";
  private static final String POLICY = "core/src/main/java/dev/sluice/policy/";

  @TempDir private Path root;

  @BeforeEach
  void writeATreeThatKeepsTheRules() throws IOException {
    write(POLICY + "package-info.java", SPDX + "@NullMarked\npackage dev.sluice.policy;\n");
    write(POLICY + "Fine.java", SPDX + "import dev.sluice.net.ClientAddress;\n");
    write("scripts/fine", "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n");
    write("README.md", "no code\n");
    write("scripts/numbers", "unit=1\n");
    write("native/src/main/java/module-info.java", SPDX);
    write("core/src/test/java/dev/sluice/policy/FineTest.java", SPDX);
    write("core/target/generated/Long.java", "\n".repeat(500));
  }

  @Test
  void acceptsATreeThatKeepsThem() throws IOException {
    assertThat(problems()).isEmpty();
  }

  @Test
  void refusesAFileOfMoreThan400Lines() throws IOException {
    write(POLICY + "Fine.java", SPDX + "\n".repeat(399));
    assertThat(problems()).isEmpty();

    write(POLICY + "Fine.java", SPDX + "\n".repeat(400));
    assertThat(problems())
        .containsExactly(POLICY + "Fine.java has 401 lines; expected at most 400");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        POLICY + "Bare.java",
        "scripts/bare",
        "scripts/bare.sh",
        ".ci/run",
        "core/src/test/resources/probe.py"
      })
  void refusesCodeWithoutALicence(String file) throws IOException {
    write(file, "#!/bin/sh\n\n# SPDX-License-Identifier: Apache-2.0\n");

    assertThat(problems())
        .containsExactly(file + " has no line \"SPDX-License-Identifier: Apache-2.0\" at its top");
  }

  @Test
  void wantsTheLicencesOfTheKernelForItsPrograms() throws IOException {
    String file = "native/src/main/bpf/capture.bpf.c";
    write(file, "// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only\n");
    assertThat(problems()).isEmpty();

    write(file, SPDX);
    assertThat(problems())
        .containsExactly(
            file
                + " has no line \"SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only\" at its"
                + " top");
  }

  @Test
  void refusesAPackageWithoutPackageInfo() throws IOException {
    write("native/src/test/java/dev/sluice/linux/Lonely.java", SPDX);

    assertThat(problems())
        .containsExactly("native/src/test/java/dev/sluice/linux has no package-info.java");
  }

  @Test
  void refusesAPackageInfoWithoutNullMarked() throws IOException {
    write(POLICY + "package-info.java", SPDX + "package dev.sluice.policy;\n");

    assertThat(problems()).containsExactly(POLICY + "package-info.java is not @NullMarked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"util", "common", "manager", "helper", "impl", "internal"})
  void refusesAPackageWhoseNameCouldHoldAnything(String name) throws IOException {
    String folder = "bench/src/main/java/dev/sluice/bench/" + name;
    write(folder + "/package-info.java", SPDX + "@NullMarked\n");

    assertThat(problems())
        .containsExactly(folder + " is called " + name + ", which could hold anything");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import dev.sluice.outbound.OutboundPlanner;",
        " * See {@link dev.sluice.outbound.OutboundPlanner}.",
        " * See {@link dev.sluice.routing.Route}."
      })
  void refusesAReferenceThatGoesUpOrSidewardsEvenInAComment(String line) throws IOException {
    write(POLICY + "Fine.java", SPDX + line + "\n");

    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith(POLICY + "Fine.java:2 names dev.sluice.")
        .endsWith(", not a lower layer");
  }

  private List<String> problems() throws IOException {
    return SourceRules.problemsOf(SourceTree.of(root));
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
