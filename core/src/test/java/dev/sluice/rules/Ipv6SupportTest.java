// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Ipv6SupportTest {
  @TempDir private Path settings = Path.of("/nonexistent");

  @Test
  void isOnWhenOneInterfaceSpeaksIt() throws IOException {
    set("all", 1);
    set("lo", 1);
    set("eth0", 0);

    assertThat(Ipv6Support.probe(settings)).isEqualTo(Ipv6Support.ON);
  }

  @Test
  void isOffWhenOnlyTheTemplatesAreOn() throws IOException {
    set("all", 0);
    set("default", 0);
    set("lo", 1);

    assertThat(Ipv6Support.probe(settings)).isEqualTo(Ipv6Support.SWITCHED_OFF);
  }

  @Test
  void isNotThereWithoutSettings() {
    assertThat(Ipv6Support.probe(settings.resolve("none"))).isEqualTo(Ipv6Support.NOT_IN_KERNEL);
  }

  private void set(String name, int disabled) throws IOException {
    Path folder = Files.createDirectory(settings.resolve(name));
    Files.writeString(folder.resolve("disable_ipv6"), disabled + "\n");
  }
}
