// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Environment variables that give options their values: {@code --idle-timeout} is {@code
 * SLUICE_IDLE_TIMEOUT}. What the command line says counts before a variable, and that before the
 * name that another mesh has for the same. Not for {@code sluice init}, which has {@link
 * InitVariables}. Immutable.
 */
final class OptionVariables implements IDefaultValueProvider {
  /** Names that a pod made for Istio sets already, where they mean exactly the same. */
  private static final Map<String, String> PEERS =
      Map.of("--interception-mode", "ISTIO_META_INTERCEPTION_MODE");

  /** What the kubelet sets for a Service called sluice-admin is no port of ours. */
  private static final List<String> SERVICE_LINKS = List.of("tcp://", "udp://", "sctp://");

  private final Map<String, String> environment;

  OptionVariables(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    // As a default, picocli would take a switch on the command line for its opposite.
    return argument instanceof OptionSpec option && !isSwitch(option)
        ? nameFor(option).map(environment::get).orElse(null)
        : null;
  }

  /** The variable that gives that option its value, if one is set. */
  Optional<String> nameFor(OptionSpec option) {
    String name = option.longestName();
    if (option.hidden() || option.usageHelp() || option.versionHelp() || !name.startsWith("--")) {
      return Optional.empty();
    }
    return Stream.concat(Stream.of(variable(name)), Stream.ofNullable(PEERS.get(name)))
        .filter(this::isMeantForUs)
        .findFirst();
  }

  /** Turns on the switches that a variable asks for, and no option does. */
  void applySwitches(ParseResult parsed) {
    CommandSpec command = parsed.commandSpec();
    for (OptionSpec option : command.options()) {
      // One that may be repeated counts by its place, which a variable has none of.
      if (isSwitch(option) && !option.isMultiValue() && !parsed.hasMatchedOption(option)) {
        Optional<String> variable = nameFor(option);
        if (variable.isPresent()) {
          option.setValue(isOn(command, variable.get()));
        }
      }
    }
  }

  private boolean isOn(CommandSpec command, String variable) {
    String value = environment.getOrDefault(variable, "");
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw new ParameterException(
              command.commandLine(), variable + " is '" + value + "'; expected true or false");
    };
  }

  /**
   * Says where the options that a complaint is about have their values from; empty if from the
   * command line or by default.
   */
  String originOf(String complaint, CommandSpec command, List<String> arguments) {
    StringBuilder origin = new StringBuilder();
    for (OptionSpec option : command.options()) {
      Optional<String> variable = nameFor(option);
      if (variable.isPresent() && !isGiven(option, arguments) && mentions(complaint, option)) {
        origin.append(" (").append(option.longestName()).append(" is what ");
        origin.append(variable.get()).append(" says)");
      }
    }
    return origin.toString();
  }

  private boolean isMeantForUs(String variable) {
    @Nullable String value = environment.get(variable);
    return value != null
        && !(variable.endsWith("_PORT") && SERVICE_LINKS.stream().anyMatch(value::startsWith));
  }

  private static boolean isSwitch(OptionSpec option) {
    return option.arity().max() == 0;
  }

  private static boolean isGiven(OptionSpec option, List<String> arguments) {
    return Stream.of(option.names())
        .anyMatch(
            name ->
                arguments.stream()
                    .anyMatch(word -> word.equals(name) || word.startsWith(name + "=")));
  }

  private static boolean mentions(String complaint, OptionSpec option) {
    return Stream.of(complaint.split("[^-A-Za-z0-9]+", -1))
        .anyMatch(List.of(option.names())::contains);
  }

  /** {@code SLUICE_IDLE_TIMEOUT} for {@code --idle-timeout}. */
  static String variable(String option) {
    return "SLUICE_" + option.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
