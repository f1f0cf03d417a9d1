// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code sluice}. */
@Command(
    name = "sluice",
    mixinStandardHelpOptions = true,
    description = "A transparent service-mesh data plane for Linux.",
    subcommands = {ProxyCommand.class, InitCommand.class, DemoCommand.class})
public final class Main {
  /** Ends the process with the exit code of the sub-command. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
