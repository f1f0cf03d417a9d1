// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.HostNames;
import dev.sluice.rules.InvalidRuleOptionsException;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.explain.UnclearQuestionException;
import dev.sluice.rules.input.OptionReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code sluice init}: programs the network namespace that it runs in, or clears it. Takes the
 * options and environment variables of istio-iptables (tools/istio-iptables of istio/istio).
 */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = {
      "Steer the connections of this network namespace to the proxy, or stop that.",
      "Takes the environment variables of istio-iptables.",
      "Example: sluice init -p 15001 -z 15006 -u 1337 -m REDIRECT -i '*' -b '*' -d 15090,15021",
      "Example: sluice init --cleanup"
    })
final class InitCommand implements Callable<Integer> {
  @Mixin private final InitProxyOptions proxy = new InitProxyOptions();
  @Mixin private final InitCaptureOptions capture = new InitCaptureOptions();
  @Mixin private final InitSwitches switches = new InitSwitches();
  @Mixin private final InitActionOptions action = new InitActionOptions();
  @Mixin private final ExplainOptions explain = new ExplainOptions();

  private final InitVariables variables;
  private @Nullable CommandSpec spec;

  /** With the environment of this process. */
  InitCommand() {
    this(System.getenv());
  }

  InitCommand(Map<String, String> environment) {
    this.variables = new InitVariables(environment);
  }

  @Spec
  void setSpec(CommandSpec command) {
    spec = command;
    command.defaultValueProvider(variables);
    // The last one counts, as with istio-iptables: callers append to lists of options.
    command.parser().overwrittenOptionsAllowed(true);
  }

  @Override
  public Integer call() {
    CommandLine line = requireSpec().commandLine();
    PrintWriter err = line.getErr();
    try {
      return run(line);
    } catch (InvalidRuleOptionsException e) {
      say(e.problems(), err);
    } catch (UnclearQuestionException e) {
      say(e.problems(), err);
    } catch (IOException e) {
      say(List.of(String.valueOf(e.getMessage())), err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private int run(CommandLine line) throws IOException, UnclearQuestionException {
    InitFlags flags = new InitFlags(line.getParseResult(), variables);
    HostNames names = HostNames.read();
    InitInput input = new InitInput(proxy, capture, flags, variables, names);
    if ("istio".equals(action.format)) {
      if (!flags.on("--dry-run") || action.json) {
        say(
            List.of(
                action.json
                    ? "--json with --format=istio; expected one of them"
                    : "--format=istio without --dry-run; expected both"),
            line.getErr());
        return CommandLine.ExitCode.SOFTWARE;
      }
      return new InitIstio(input, flags, variables, names)
          .print(Optional.ofNullable(action.binary), line.getOut(), line.getErr());
    }
    List<String> problems = new ArrayList<>(flags.problems());
    problems.addAll(flags.tolerated());
    InitSettings settings = InitSettings.read(action, switches, flags, explain.asked(), problems);
    InitPlan plan = plan(input, flags, names, settings, problems);
    if (explain.asked()) {
      say(plan.notes(), line.getErr());
      line.getOut().print(explain.answer(settings.json(), plan.program(), plan.options()));
      line.getOut().flush();
      return CommandLine.ExitCode.OK;
    }
    return new InitActions(plan, settings, line.getOut(), line.getErr()).run();
  }

  private InitPlan plan(
      InitInput input,
      InitFlags flags,
      HostNames names,
      InitSettings settings,
      List<String> problems)
      throws IOException {
    List<String> notes = new ArrayList<>();
    if (capture.chooseNothing() && settings.action() != InitSettings.Action.CLEAN_UP) {
      notes.add(
          "no -b, -i or -q says what to capture: everything, but for the ports that Istio's"
              + " injector leaves alone");
    }
    Ipv6Support ipv6 = settings.where().ipv6();
    try {
      OptionReader.Options read = OptionReader.read(input.own(true), input.extra(), names);
      notes.addAll(read.notes());
      RuleOptions options = read.rules();
      settings.cannotFailOpen(options).ifPresent(problems::add);
      InitPlan plan =
          InitPlan.of(options, notes, ipv6, settings.wantsIpv6(), flags.on("--dual-stack"));
      if (problems.isEmpty()) {
        return plan;
      }
    } catch (InvalidRuleOptionsException e) {
      problems.addAll(e.problems());
    }
    throw new InvalidRuleOptionsException(problems);
  }

  static String wrongBinary(String name) {
    return "--force-iptables-binary '" + name + "'; expected legacy or nft";
  }

  private static void say(List<String> lines, PrintWriter err) {
    lines.forEach(line -> err.println("sluice init: " + line));
    err.flush();
  }

  private CommandSpec requireSpec() {
    if (spec == null) {
      throw new IllegalStateException("run without picocli");
    }
    return spec;
  }
}
