// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.Architecture;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code sluice}. */
@Command(
    name = "sluice",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A transparent service-mesh data plane for Linux.",
    subcommands = {
      ProxyCommand.class,
      InitCommand.class,
      LbCommand.class,
      ServiceIpCommand.class,
      CaptureCommand.class,
      StatusCommand.class,
      UninstallCommand.class,
      DemoCommand.class
    })
public final class Main {
  /** Ends the process with the exit code of the sub-command. */
  public static void main(String[] arguments) {
    requireKnownArchitecture();
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().versionProvider(new Version()));
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(new CommandLineMistake());
  }

  /** Anywhere later, it would be an error of class loading with a trace instead of one line. */
  private static void requireKnownArchitecture() {
    try {
      Architecture.current();
    } catch (UnsupportedOperationException e) {
      System.err.println("sluice: " + e.getMessage());
      System.exit(1);
    }
  }
}
