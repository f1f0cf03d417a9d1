// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line in one line and where the help is; a page of help would
 * hide it. Stateless.
 */
final class CommandLineMistake implements IParameterExceptionHandler {
  private final OptionVariables variables;

  CommandLineMistake(OptionVariables variables) {
    this.variables = variables;
  }

  /**
   * To be thrown by the command that {@code spec} is of; {@code message} says what is wrong with
   * its options. Commands that name no exception of picocli's themselves can do without picocli.
   */
  static RuntimeException of(@Nullable CommandSpec spec, String message) {
    return spec == null
        ? new IllegalStateException("the command was not made by picocli: " + message)
        : new ParameterException(spec.commandLine(), message);
  }

  @Override
  public int handleParseException(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    err.println(
        name
            + ": "
            + mistake.getMessage()
            + origin(mistake, arguments)
            + suggestion(mistake)
            + "; "
            + name
            + " --help explains");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  private String origin(ParameterException mistake, String[] arguments) {
    return variables.originOf(
        String.valueOf(mistake.getMessage()),
        mistake.getCommandLine().getCommandSpec(),
        List.of(arguments));
  }

  private static String suggestion(ParameterException mistake) {
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      List<String> similar = unmatched.getSuggestions();
      return similar.isEmpty() ? "" : " (perhaps " + String.join(" or ", similar) + ")";
    }
    return "";
  }
}
