// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list on which every other test here relies sees what it is meant to see. */
class LeftoversIT {
  private static final String NAMESPACE = "slt-leftovers-" + ProcessHandle.current().pid();
  private static final Path NAMESPACE_FILE = Path.of("/run/netns", NAMESPACE);

  @TempDir private Path folder;

  private Path before;

  @BeforeEach
  void takeTheList() throws IOException {
    before = folder.resolve("before");
    Files.writeString(before, Command.of(Checkout.script("leftovers")).runOrThrow());
  }

  @Test
  void namesANamespaceAndAProcessInsideIt() throws IOException, InterruptedException {
    Command.of("ip", "netns", "add", NAMESPACE).runOrThrow();
    Process sleeper =
        new ProcessBuilder("/usr/bin/nsenter", "--net=" + NAMESPACE_FILE, "/bin/sleep", "77")
            .start();
    try {
      CommandResult seen = since();
      while (!seen.output().contains("sleep 77")) {
        Thread.sleep(20);
        seen = since();
      }
      assertThat(seen.exitCode()).isEqualTo(1);
      assertThat(seen.output())
          .contains("namespace " + NAMESPACE_FILE)
          .contains("mount " + NAMESPACE_FILE + " nsfs")
          .contains("process " + sleeper.pid() + " /bin/sleep 77");
    } finally {
      sleeper.destroyForcibly().waitFor();
      Command.of("ip", "netns", "delete", NAMESPACE).runOrThrow();
    }
  }

  @Test
  void namesWhatIsInTheNamespaceThatItRunsIn() throws IOException {
    Command.of("ip", "netns", "add", NAMESPACE).runOrThrow();
    try {
      Path inside = folder.resolve("inside");
      Files.writeString(inside, in(Checkout.script("leftovers")).runOrThrow());
      in("ip", "rule", "add", "fwmark", "1337", "lookup", "133").runOrThrow();
      in("ip", "-6", "address", "add", "::6/128", "dev", "lo").runOrThrow();
      in("ip", "route", "add", "local", "default", "dev", "lo", "table", "133").runOrThrow();
      in("iptables", "-t", "nat", "-N", "SLUICE_OUTPUT").runOrThrow();
      in("sysctl", "-q", "net.ipv4.ip_forward=1").runOrThrow();
      String seen = in(Checkout.script("leftovers"), "--since", inside.toString()).run().output();
      assertThat(seen)
          .contains("policy-rule -4 32765: from all fwmark 0x539 lookup 133")
          .contains("address lo inet6 ::6/128")
          .contains("route -4 local default dev lo table 133")
          .contains("netfilter table ip nat / chain SLUICE_OUTPUT")
          .contains("sysctl net.ipv4.ip_forward=1");
    } finally {
      Command.of("ip", "netns", "delete", NAMESPACE).runOrThrow();
    }
  }

  @Test
  void saysNothingWhenNothingIsNew() throws IOException {
    CommandResult seen = since();
    // Other programs on this machine may come and go; what carries this test's name may not.
    assertThat(seen.output()).doesNotContain(NAMESPACE);
  }

  private static Command in(String... command) {
    return Command.of(command).inNetworkNamespace(NAMESPACE_FILE);
  }

  private CommandResult since() throws IOException {
    return Command.of(Checkout.script("leftovers"), "--since", before.toString()).run();
  }
}
