// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The command {@code sluice}, as picocli reads it. */
@Command(
    name = "sluice",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description = {
      "A transparent service-mesh data plane for Linux.",
      "Example: sluice init -m TPROXY --dry-run",
      "Example: sluice proxy --access-log -"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:it could not be done, or a check failed; what was there stays",
      "2:the command line or a variable is wrong"
    },
    subcommands = {
      ProxyCommand.class,
      NodeCommand.class,
      InitCommand.class,
      LbCommand.class,
      ServiceIpCommand.class,
      CaptureCommand.class,
      StatusCommand.class,
      TraceCommand.class,
      ObserveCommand.class,
      UninstallCommand.class,
      CtlCommand.class,
      DemoCommand.class,
      InjectCommand.class,
      CheckCommand.class,
      DoctorCommand.class,
      VersionCommand.class,
      CompletionCommand.class
    })
final class RootCommand {
  private static final String OPTIONS_AND_VARIABLES =
      "An option that isn't given is taken from its variable: --some-option from"
          + " SLUICE_SOME_OPTION.";

  /** Runs the sub-command that {@code words} name; its exit code. */
  static int run(String[] words) {
    return commandLine().execute(words);
  }

  static CommandLine commandLine() {
    return commandLine(System.getenv());
  }

  static CommandLine commandLine(Map<String, String> environment) {
    OptionVariables variables = new OptionVariables(environment);
    CommandLine line = new CommandLine(new RootCommand());
    complete(line, variables);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> execute(parsed, variables))
        .setParameterExceptionHandler(new CommandLineMistake(variables));
  }

  /** What every command has, those of {@code sluice lb} and the like included. */
  private static void complete(CommandLine command, OptionVariables variables) {
    CommandSpec spec = command.getCommandSpec();
    spec.versionProvider(new VersionProvider());
    if (spec.defaultValueProvider() == null) {
      spec.defaultValueProvider(variables);
      spec.usageMessage().footer(OPTIONS_AND_VARIABLES);
    }
    command.getSubcommands().values().forEach(child -> complete(child, variables));
  }

  private static int execute(ParseResult parsed, OptionVariables variables) {
    for (ParseResult at = parsed; at != null; at = at.subcommand()) {
      if (at.commandSpec().defaultValueProvider() == variables) {
        variables.applySwitches(at);
      }
    }
    return new CommandLine.RunLast().execute(parsed);
  }
}
