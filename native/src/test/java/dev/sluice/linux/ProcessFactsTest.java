// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the kernel says by system call against what it says in /proc. */
class ProcessFactsTest {
  @ParameterizedTest
  @EnumSource(Capability.class)
  void agreesWithProcAboutACapability(Capability capability) throws Exception {
    long effective =
        Long.parseUnsignedLong(field("/proc/thread-self/status", "CapEff:").get(1), 16);
    assertThat(capability.effective()).isEqualTo((effective >>> capability.bit() & 1) == 1);
  }

  @Test
  void agreesWithProcAboutOpenFiles() throws Exception {
    assertThat(ResourceLimits.openFiles()).isEqualTo(limit(3));
  }

  @Test
  void raisesOpenFilesToTheHardLimit() throws Exception {
    assertThat(ResourceLimits.raiseOpenFiles()).isEqualTo(limit(4));
    assertThat(limit(3)).isEqualTo(limit(4));
    assertThat(ResourceLimits.openFiles()).isEqualTo(limit(4));
  }

  private static long limit(int column) throws Exception {
    String text = field("/proc/self/limits", "Max open files").get(column);
    return text.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(text);
  }

  private static List<String> field(String file, String name) throws Exception {
    for (String line : Files.readAllLines(Path.of(file))) {
      if (line.startsWith(name)) {
        return List.of(line.split("\\s+", -1));
      }
    }
    throw new AssertionError(file + " has no " + name);
  }
}
