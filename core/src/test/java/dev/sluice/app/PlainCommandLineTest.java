// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Two readers of one command line must not read two things. */
class PlainCommandLineTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "proxy |",
        "proxy --outbound-port=15101 --inbound-port 15106 |",
        "proxy --interception-mode tproxy --outbound-interception-mode=TPROXY |",
        "proxy -f a.yaml --policy=b -f=c --access-log - |",
        "proxy --policy b --access-log=/tmp/a=b.log |",
        "proxy --access-log - --access-log-format json | SLUICE_ACCESS_LOG_FORMAT=TEXT",
        "proxy --connect-timeout 500ms --idle-timeout=5m --max-connections 7 --event-loops 3 |",
        "proxy --drain-time 0s |",
        "proxy --admin-port 0 --status-port=15121 --stats-port=0 --admin-socket none |",
        "proxy --admin-socket=/run/a.sock --admin-group=0 |",
        "proxy --admin-group root |",
        "proxy --drain-time=30s |",
        "proxy --dns-port 15053 --dns-upstream 10.0.0.1 --dns-upstream=[fd00::a]:5353 |",
        "proxy --dns-port 15053 --dns-namespace shop --dns-domain mesh.internal |",
        "proxy --interception-mode SOCKET --user 1338 --bpf-fs=/run/bpf --capture-cgroup /a |",
        "proxy --interception-mode SOCKET --capture-descriptors 5,6 |",
        "proxy | SLUICE_OUTBOUND_PORT=15101 SLUICE_RUNTIME=/opt/a PATH=/bin",
        "proxy --outbound-port 15102 -f b | SLUICE_OUTBOUND_PORT=15101 SLUICE_POLICY=a.yaml",
        "proxy | SLUICE_POLICY=a.yaml SLUICE_IDLE_TIMEOUT=5s SLUICE_ACCESS_LOG=-",
        "proxy | ISTIO_META_INTERCEPTION_MODE=TPROXY",
        "proxy | ISTIO_META_INTERCEPTION_MODE=TPROXY SLUICE_INTERCEPTION_MODE=redirect",
      })
  void readsWhatPicocliReads(String words, @Nullable String variables) {
    List<String> line = List.of(words.split(" ", -1));
    Map<String, String> environment = environment(variables);

    Optional<ProxyCommand> plain = PlainCommandLine.read(line, environment);

    CommandLine picocli = RootCommand.commandLine(environment);
    CommandSpec parsed = picocli.parseArgs(line.toArray(String[]::new)).subcommand().commandSpec();
    assertThat(plain.map(command -> values(new CommandLine(command).getCommandSpec())))
        .contains(values(parsed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "init",
        "--help",
        "proxy --help",
        "proxy --outbound-port",
        "proxy --outbound-port 0",
        "proxy --outbound-port 015001",
        "proxy --outbound-port x",
        "proxy --outbound-port 1 --outbound-port 2",
        "proxy --outbound-port 15006",
        "proxy --admin-port 15020",
        "proxy --status-port 15001",
        "proxy --admin-group no-such-group",
        "proxy --app-probe a=80 --stats-port 0",
        "proxy --interception-mode NODE",
        "proxy --interception-mode no",
        "proxy --idle-timeout 5",
        "proxy --access-log-format JSON",
        "proxy --access-log - --access-log-format xml",
        "proxy --policy",
        "proxy --policy --access-log",
        "proxy --policy=",
        "proxy --policy ${sys:user.home}",
        "proxy --policy 'a'",
        "proxy @arguments",
        "proxy --policy @a",
        "proxy -fa.yaml",
        "proxy --no-such-option 1",
        "proxy -- a",
        "proxy --dns-upstream 10.0.0.1",
        "proxy --dns-port 53 --dns-upstream dns",
        "proxy --user -1",
        "proxy --max-connections 4294967296",
      })
  void leavesTheRestToPicocli(String words) {
    assertThat(PlainCommandLine.read(List.of(words.split(" ", -1)), Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SLUICE_NO_SUCH=1",
        "SLUICE_OUTBOUND_PORT=tcp://10.96.0.7:8080",
        "SLUICE_OUTBOUND_PORT=x",
        "SLUICE_CAPTURE_DESCRIPTORS=5",
        "ISTIO_META_INTERCEPTION_MODE=NONE",
      })
  void leavesOtherVariablesToPicocli(String variable) {
    assertThat(PlainCommandLine.read(List.of("proxy"), environment(variable))).isEmpty();
  }

  private static Map<String, String> values(CommandSpec command) {
    Map<String, String> values = new TreeMap<>();
    command
        .options()
        .forEach(
            option -> values.put(option.longestName(), String.valueOf(option.<Object>getValue())));
    return values;
  }

  private static Map<String, String> environment(@Nullable String variables) {
    Map<String, String> environment = new TreeMap<>();
    if (variables != null) {
      for (String variable : variables.split(" ", -1)) {
        int sign = variable.indexOf('=');
        environment.put(variable.substring(0, sign), variable.substring(sign + 1));
      }
    }
    return environment;
  }
}
