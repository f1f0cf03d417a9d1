// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Party;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code sluice proxy} can't start with: one clear line each, and an exit code. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputIT {
  private static final int WRONG_COMMAND_LINE = 2;

  private final Mesh mesh = Mesh.build();

  BadInputIT() throws Exception {}

  @AfterAll
  void close() throws Exception {
    mesh.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --interception-mod=REDIRECT | --interception-mod
          --interception-mode=BOTH | BOTH
          --outbound-port=0 | 1 to 65535
          --outbound-port=99999 | 1 to 65535
          --outbound-port=15006 | both 15006
          --connect-timeout=soon | such as 10s
          --idle-timeout=0s | such as 10s
          --max-connections=none | none
          --event-loops=0 | 1 to 1024
          --admin-group=slt-gone | --admin-group is 'slt-gone', which is no group here
          """)
  void refusesAWrongCommandLine(String option, String named) throws IOException {
    assertRefused(proxy(option), WRONG_COMMAND_LINE, named);
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0, 15001", "0.0.0.0, 15006", "::, 15001", "::, 15006"})
  void namesThePortThatIsInUse(String address, int port) throws Exception {
    try (ServerSocketChannel taken =
        mesh.listen(Party.CLIENT, new InetSocketAddress(address, port))) {
      assertThat(taken.isOpen()).isTrue();
      assertRefused(proxy(), 1, ":" + port, "EADDRINUSE");
    }
  }

  @Test
  void namesAPolicyFileThatItCannotRead() throws IOException {
    assertRefused(proxy("--policy=/nowhere/policy.yaml"), 1, "/nowhere/policy.yaml");
  }

  @Test
  void listsEveryMistakeOfAPolicyWithItsPlace() throws IOException {
    Path policy =
        Files.writeString(
            mesh.folder().resolve("policy.yaml"),
            """
            apiVersion: v1
            kind: Service
            metadata:
              name: ledger
            spec:
              clusterIPs: [10.96.0.300]
              ports:
              - port: 80
            ---
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata:
              name: odd
            spec:
              targetRefs:
              - kind: Service
                group: ""
                name: ledger
              action: PERHAPS
              rules:
              - to:
                - operation:
                    methods: [GET]
            """);
    CommandResult result = proxy("--policy=" + policy);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors().lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith("sluice proxy: " + policy + ":"))
        .anyMatch(line -> line.contains(":6:") && line.contains("10.96.0.300"))
        .anyMatch(line -> line.contains(":19:") && line.contains("PERHAPS"))
        .anyMatch(line -> line.contains(":23:") && line.contains("methods"));
  }

  @Test
  void namesTheRightThatTproxyNeeds() throws IOException {
    CommandResult result =
        mesh.attempt(
            Party.CLIENT,
            "setpriv",
            "--reuid=1337",
            "--regid=1337",
            "--clear-groups",
            mesh.launcher(),
            "proxy",
            "--interception-mode=TPROXY");
    assertRefused(result, 1, "CAP_NET_ADMIN");
  }

  @Test
  void namesALimitOnDescriptorsThatIsTooLow() throws IOException {
    CommandResult result =
        mesh.attempt(Party.CLIENT, "prlimit", "--nofile=100:100", mesh.launcher(), "proxy");
    assertRefused(result, 1, "100", "ulimit -n");
    assertRefused(proxy("--max-connections=9999999"), 1, "--max-connections 9999999");
  }

  @ParameterizedTest
  @CsvSource({"/nowhere/access.log", "/"})
  void namesAnAccessLogThatItCannotWrite(String log) throws IOException {
    assertRefused(proxy("--access-log=" + log), 1, "access log '" + log + "'");
  }

  @Test
  void namesAFormatOfTheAccessLogThatThereIsNot() throws IOException {
    assertRefused(proxy("--access-log=-", "--access-log-format=xml"), 2, "'xml'", "JSON");
    assertRefused(proxy("--access-log-format=json"), 2, "JSON without a log", "--access-log");
  }

  private CommandResult proxy(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(mesh.launcher(), "proxy"));
    words.addAll(List.of(options));
    return mesh.attempt(Party.CLIENT, words.toArray(String[]::new));
  }

  private static void assertRefused(CommandResult result, int exitCode, String... named) {
    assertThat(result.errors()).hasLineCount(1).startsWith("sluice").contains(named);
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(exitCode);
  }
}
