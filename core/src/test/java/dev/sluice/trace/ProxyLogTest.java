// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.OpenedPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    List<ProxyRecord> records = read(file, clocks);

    assertThat(records).hasSize(2);
    assertThat(records.getFirst().field("source")).isEqualTo("10.0.0.1:2");
    assertThat(records.getFirst().acceptedAtNanos()).isEqualTo(500);
    assertThat(records.getLast().field("source")).isEqualTo("-");
    assertThat(records.getFirst().file()).isEqualTo("access log shown");
  }

  @Test
  void readsJsonUnderTheSameNames(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("access.log");
    Files.writeString(
        file,
        """
        {"start_time":"1970-01-01T00:00:01.999Z","downstream_remote_address":"10.0.0.1:1"}
        {"downstream_local_address":"10.0.0.9:80","downstream_remote_address":"10.0.0.1:2",\
        "path":"of a request","start_time":"1970-01-01T00:00:02.000Z","upstream_host":null,\
        "upstream_local_address":"10.0.0.5:3","sluice":{"id":2,"path":"proxied","outcome":"closed"}}
        {"start_time":"1970-01-01T00:00:03.000Z"
        {"start_time":[{"start_time":"1970-01-01T00:00:03.000Z"}]}
        [1970-01-01T00:00:02.000Z] "- - -" 0 - 1 1 1 - "-" "-" "-" "-" "127.0.0.1:8080"
        """);

    List<ProxyRecord> records = read(file, new Clocks(2_000_700, 700_500));

    assertThat(records).hasSize(1);
    ProxyRecord record = records.getFirst();
    assertThat(record.field("source")).isEqualTo("10.0.0.1:2");
    assertThat(record.field("original_destination")).isEqualTo("10.0.0.9:80");
    assertThat(record.field("upstream")).isEqualTo("-");
    assertThat(record.field("upstream_source")).isEqualTo("10.0.0.5:3");
    assertThat(record.field("path")).isEqualTo("proxied");
    assertThat(record.field("outcome")).isEqualTo("closed");
  }

  @Test
  void readsTheEndOfALongFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("access.log");
    String line = "time=1970-01-01T00:00:0%d.000000Z id=1 source=10.0.0.1:%d\n";
    Files.writeString(file, line.formatted(2, 1) + "x\n".repeat(1 << 19) + line.formatted(3, 2));

    assertThat(read(file, new Clocks(2_000_000, 500)))
        .extracting(record -> record.field("source"))
        .containsExactly("10.0.0.1:2");
  }

  /** As the proxy resolves it: above the folder where it works, and through absolute links. */
  @Test
  void findsAFileNamedFromWhereTheProxyWorks(@TempDir Path folder) throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    Path logs = Files.createDirectory(folder.resolve("logs"));
    Files.writeString(logs.resolve("access.log"), "");
    Files.createSymbolicLink(work.resolve("link"), logs);

    for (String name : List.of("../logs/access.log", "link/access.log")) {
      ProcessBuilder builder = new ProcessBuilder("/usr/bin/sleep", "60").directory(work.toFile());
      builder.environment().put("SLUICE_ACCESS_LOG", name);
      Process proxy = builder.start();
      try {
        Optional<ProxyLog> found = ProxyLog.of(new Holder((int) proxy.pid(), "sleep"));
        assertThat(found).as(name).isPresent();
        found.orElseThrow().close();
      } finally {
        proxy.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void opensNothingButARegularFile(@TempDir Path folder) throws Exception {
    Files.createSymbolicLink(folder.resolve("device"), Path.of("/dev/zero"));

    for (Path found : List.of(folder, folder.resolve("device"), Path.of("/dev/null"))) {
      assertThat(ProxyLog.regular(PROXY, "shown", OpenedPath.of(found))).as("%s", found).isEmpty();
    }
  }

  private static List<ProxyRecord> read(Path file, Clocks clocks) throws Exception {
    try (ProxyLog log = ProxyLog.regular(PROXY, "shown", OpenedPath.of(file)).orElseThrow()) {
      return log.since(700_500 <= clocks.nanos() ? 700_500 : 500, clocks);
    }
  }
}
