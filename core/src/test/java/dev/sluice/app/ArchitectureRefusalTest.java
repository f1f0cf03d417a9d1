// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureRefusalTest {
  @ParameterizedTest
  @ValueSource(strings = {"proxy", "init", "demo"})
  void refusesAnUnknownProcessorInOneLine(String command) throws Exception {
    CommandResult result =
        Command.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dos.arch=riscv64",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                command)
            .run();
    assertThat(result.errors())
        .isEqualTo(
            "sluice: running on processor architecture 'riscv64': expected x86-64 (amd64) or arm64"
                + " (aarch64)\n");
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(1);
  }
}
