// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.net.AddressText;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResolverFileTest {
  @Test
  void readsWhatTheLibraryReads() {
    ResolverFile file =
        ResolverFile.parse(
            """
            # nameserver 10.0.0.1
            ;nameserver 10.0.0.2
            domain first.example
            search shop.svc.cluster.local svc.cluster.local\tcluster.local
              nameserver 10.96.0.10
            nameserver\tfd00::a # a remark
            NAMESERVER 10.0.0.3
            nameserver not-an-address
            nameserver
            nameserver 10.0.0
            nameserver fe80::1%1
            nameserver 10.96.0.10
            options ndots:5

            nameserver 10.0.0.4\
            """);

    assertThat(file.nameServers().stream().map(AddressText::of))
        .containsExactly(
            "10.96.0.10:53", "[fd00::a]:53", "[fe80::1%1]:53", "10.96.0.10:53", "10.0.0.4:53");
    assertThat(file.search())
        .containsExactly("shop.svc.cluster.local", "svc.cluster.local", "cluster.local");
  }

  @Test
  void takesAMissingFileForAnEmptyOne(@TempDir Path folder) throws Exception {
    ResolverFile missing = ResolverFile.read(folder.resolve("resolv.conf"));
    assertThat(missing.nameServers()).isEmpty();
    Path broken = Files.createDirectory(folder.resolve("folder"));
    assertThatIOException()
        .isThrownBy(() -> ResolverFile.read(broken))
        .withMessageStartingWith("reading the name servers from " + broken);
  }

  @ParameterizedTest
  @CsvSource({
    "10.96.0.10, 10.96.0.10:53",
    "10.96.0.10:5353, 10.96.0.10:5353",
    "fd00::a, [fd00::a]:53",
    "[fd00::a], [fd00::a]:53",
    "[fd00::a]:65535, [fd00::a]:65535",
    "::1, [::1]:53",
  })
  void readsANameServerOfTheCommandLine(String text, String address) {
    assertThat(AddressText.of(NameServerText.parse(text))).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "dns.example", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:99999999999",
        "10.0.0.256", "[10.0.0.1]:53", "[fd00::a", "fd00::g", "[fd00::a]53", "10.0.0.1:53:53",
        "fe80::1%nowhere"
      })
  void refusesWhatIsNoNameServer(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NameServerText.parse(text))
        .withMessage(
            "name server '%s'; expected an address, or ADDRESS:PORT with a port of 1 to 65535",
            text);
  }
}
