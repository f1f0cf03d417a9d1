// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else holds the lock of iptables and doesn't let go. */
final class LockedIptablesIT {
  private static final String LOCK = "/run/xtables.lock";

  @TempDir private Path folder;

  private final ThrowawayNamespace namespace;

  LockedIptablesIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void isNamedAfterABoundedWaitAndNothingIsChanged() throws Exception {
    String before = namespace.effect();
    RuleInstaller installer = new RuleInstaller(BackendChoice.IPTABLES_LEGACY, this::withOwnLock);
    Process holder = new ProcessBuilder("flock", own().toString(), "sleep", "infinity").start();
    try {
      await().until(this::isHeld);

      assertThatExceptionOfType(RulesException.class)
          .isThrownBy(
              () ->
                  installer.apply(
                      RulePlanner.plan(
                          RuleOptions.defaults(Interception.REDIRECT),
                          List.of(Family.IPV4, Family.IPV6))))
          .withMessage(
              "writing the IPv4 rules: the lock /run/xtables.lock was held by another program for"
                  + " 10 s; expected it to be free (who holds it: fuser /run/xtables.lock);"
                  + " nothing was changed");
    } finally {
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      holder.destroyForcibly().onExit().join();
    }
    assertThat(namespace.effect()).isEqualTo(before);
  }

  private Path own() {
    return folder.resolve("lock");
  }

  private boolean isHeld() throws IOException, InterruptedException {
    return new ProcessBuilder("flock", "--nonblock", own().toString(), "true").start().waitFor()
        != 0;
  }

  /** The lock is one for the whole machine; the installer gets another in its place. */
  private CommandResult withOwnLock(Command command) throws CommandException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" " + LOCK + " && exec \"$@\"",
                own().toString()));
    words.addAll(command.arguments());
    return namespace.runner().run(new Command(words, command.input(), command.timeout()));
  }
}
