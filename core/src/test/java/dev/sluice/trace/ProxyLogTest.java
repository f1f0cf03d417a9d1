// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProxyLogTest {
  private static final Holder PROXY = new Holder(1, "java");

  @Test
  void findsItsFileAsTheProxyDoes() {
    List<String> environment = List.of("PATH=/bin", "SLUICE_ACCESS_LOG=/b");

    assertThat(ProxyLog.target(List.of("java", "--access-log", "/a"), environment)).contains("/a");
    assertThat(ProxyLog.target(List.of("java", "--access-log=/a"), environment)).contains("/a");
    assertThat(ProxyLog.target(List.of("java", "--access-log"), environment)).contains("/b");
    assertThat(ProxyLog.target(List.of("envoy"), List.of())).isEmpty();
  }

  @Test
  void readsOnlyWholeLinesSinceTheConnection(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("access.log");
    Files.writeString(
        file,
        """
        time=1970-01-01T00:00:01.000000Z id=1 source=10.0.0.1:1
        time=1970-01-01T00:00:02.000000Z id=2 source=10.0.0.1:2
        time=1970-01-01T00:00:03.000000Z lost=7 detail="a line"
        not a line of the log
        time=1970-01-01T00:00:04.000000Z id=4 sou\
        """);
    Clocks clocks = new Clocks(2_000_000, 500);

    List<ProxyRecord> records = new ProxyLog(PROXY, "shown", file).since(500, clocks);

    assertThat(records).hasSize(2);
    assertThat(records.getFirst().field("source")).isEqualTo("10.0.0.1:2");
    assertThat(records.getFirst().acceptedAtNanos()).isEqualTo(500);
    assertThat(records.getLast().field("source")).isEqualTo("-");
  }
}
