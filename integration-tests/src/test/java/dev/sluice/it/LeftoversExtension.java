// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a class of tests that leaves something on this machine which {@code scripts/leftovers}
 * lists: a namespace, a rule, a process. Registered for every class through the service file.
 *
 * <p>On a machine where somebody else makes namespaces at the same time, {@code
 * -Dsluice.it.leftovers=ignore} switches it off for a run by hand; {@code scripts/test} never does.
 */
public final class LeftoversExtension implements BeforeAllCallback, AfterAllCallback {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(LeftoversExtension.class);

  /** Killed processes and deleted namespaces are gone a moment after the call that ends them. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofMillis(200);

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    if (switchedOff()) {
      return;
    }
    Path list = Files.createTempFile("leftovers-", ".txt");
    Files.writeString(list, Command.of(Checkout.script("leftovers")).runOrThrow());
    context.getStore(STORE).put(context.getUniqueId(), list);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException, InterruptedException {
    Path list = context.getStore(STORE).remove(context.getUniqueId(), Path.class);
    if (list == null) {
      return;
    }
    try {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      CommandResult now = compare(list);
      while (!now.succeeded() && System.nanoTime() - deadline < 0) {
        Thread.sleep(PAUSE);
        now = compare(list);
      }
      if (!now.succeeded()) {
        throw new AssertionError(
            context.getDisplayName()
                + " left this behind (scripts/leftovers --since the class began):\n"
                + now.output()
                + now.errors());
      }
    } finally {
      Files.deleteIfExists(list);
    }
  }

  private static CommandResult compare(Path list) throws CommandException {
    return Command.of(Checkout.script("leftovers"), "--since", list.toString()).run();
  }

  private static boolean switchedOff() {
    return System.getProperty("sluice.it.leftovers", "check").equals("ignore");
  }
}
