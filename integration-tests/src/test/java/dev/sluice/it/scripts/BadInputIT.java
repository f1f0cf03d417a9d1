// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user gets wrong is said in one clear line or list, and nothing is left half done. */
class BadInputIT {
  private static final String NAMESPACE = "slt-bad-input-" + ProcessHandle.current().pid();
  private static final Path NAMESPACE_FILE = Path.of("/run/netns", NAMESPACE);
  private static final List<String> AS_PROXY_USER =
      List.of("setpriv", "--reuid=1337", "--regid=1337", "--clear-groups");

  @TempDir private Path folder;

  private String launcher = "";

  @BeforeEach
  void makeTheNamespace() throws IOException {
    launcher = CopiedCheckout.below(folder).script("sluice");
    Command.of("ip", "netns", "add", NAMESPACE).runOrThrow();
    Command.of("ip", "-n", NAMESPACE, "link", "set", "lo", "up").runOrThrow();
  }

  @AfterEach
  void removeTheNamespace() throws IOException {
    Command.of("ip", "netns", "delete", NAMESPACE).runOrThrow();
  }

  @Test
  void portInUse() throws IOException {
    // Ports of this namespace, not of the throwaway one: the test itself holds one.
    try (ServerSocketChannel taken = ServerSocketChannel.open()) {
      taken.bind(new InetSocketAddress("0.0.0.0", 0));
      int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      CommandResult result = Command.of(launcher, "proxy", "--outbound-port", "" + port).run();
      assertRefused(
          result,
          "sluice proxy: cannot listen on 0.0.0.0:"
              + port
              + " (outbound): EADDRINUSE: another process listens there; expected a free port");
    }
  }

  @Test
  void tproxyWithoutTheCapability() throws IOException {
    CommandResult result = run(AS_PROXY_USER, "proxy", "--interception-mode", "TPROXY");
    assertRefused(result, "sluice proxy: cannot listen on 0.0.0.0:15006 (inbound): ");
    assertThat(result.errors()).contains("IP_TRANSPARENT", "EPERM", "CAP_NET_ADMIN");
  }

  @Test
  void rulesWithoutRoot() throws IOException {
    CommandResult result = run(AS_PROXY_USER, "init");
    assertRefused(result, "sluice init: ");
    assertThat(result.errors()).contains("sudo");
    assertNothingApplied();
  }

  @Test
  void rulesByRootWithoutTheCapability() throws IOException {
    CommandResult result =
        run(List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"), "init");
    assertRefused(result, "sluice init: root, but without CAP_NET_ADMIN");
    assertNothingApplied();
  }

  @Test
  void rulesWithThreeWrongOptionsNameAllThree() throws IOException {
    CommandResult result = run(List.of(), "init", "-m", "NAT", "-p", "0", "-d", "70000");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).hasLineCount(3).contains("'NAT'", "'0'", "70000");
    assertNothingApplied();
  }

  @Test
  void policyFileThatIsNotThere() throws IOException {
    CommandResult result = run(List.of(), "proxy", "--policy", "/nowhere.yaml");
    assertRefused(result, "sluice proxy: /nowhere.yaml:");
  }

  @Test
  void policyFileThatTheProxysUserMayNotRead() throws IOException {
    Path file = Files.writeString(folder.resolve("policy.yaml"), "kind: Service\n");
    Command.of("chmod", "0600", file.toString()).runOrThrow();
    CommandResult result = run(AS_PROXY_USER, "proxy", "--policy", file.toString());
    assertRefused(result, "sluice proxy: " + file + ":");
  }

  @Test
  void policyWithThreeMistakesNamesAllThreeWithLineAndColumn() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: a, nam: b}
            spec:
              clusterIP: 10.0.0.x
              ports: [{port: 99999}]
            """);
    CommandResult result = run(List.of(), "proxy", "--policy", file.toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors())
        .hasLineCount(3)
        .contains(file + ":3:21: ", file + ":5:14: ", file + ":6:18: ");
  }

  @Test
  void descriptorLimitTooLow() throws IOException {
    CommandResult result =
        run(List.of("prlimit", "--nofile=500:500"), "proxy", "--max-connections", "1000");
    assertRefused(result, "sluice proxy: the limit on open files is 500; expected at least ");
  }

  @Test
  void accessLogThatCannotBeWritten() throws IOException {
    CommandResult result = run(List.of(), "proxy", "--access-log", "/nowhere/access.log");
    assertRefused(result, "sluice proxy: opening the access log '/nowhere/access.log'");
  }

  private CommandResult run(List<String> prefix, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(prefix);
    words.add(launcher);
    words.addAll(List.of(arguments));
    return Command.of(words.toArray(String[]::new)).inNetworkNamespace(NAMESPACE_FILE).run();
  }

  private static void assertRefused(CommandResult result, String start) {
    assertThat(result.errors()).startsWith(start).hasLineCount(1);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
  }

  private static void assertNothingApplied() throws IOException {
    assertThat(in("nft", "list", "ruleset")).isEmpty();
    assertThat(in("ip", "rule")).doesNotContain("133");
    assertThat(in("ip", "-6", "address", "show", "dev", "lo")).doesNotContain("::6/128");
  }

  private static String in(String... command) throws IOException {
    return Command.of(command).inNetworkNamespace(NAMESPACE_FILE).runOrThrow();
  }
}
