// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.InvalidRuleOptionsException;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RuleOptionsText;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice init}: programs the network namespace that it runs in, or clears it. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = "Steer the connections of this network namespace to the proxy, or stop that.")
final class InitCommand implements Callable<Integer> {
  // Values stay text here, so that all mistakes are reported together and not the first one only.
  @Option(
      names = {"-m", "--istio-inbound-interception-mode"},
      paramLabel = "MODE",
      defaultValue = "REDIRECT",
      description = "How arriving connections are taken over: REDIRECT (default) or TPROXY.")
  private String mode = "";

  @Option(
      names = {"-p", "--envoy-port"},
      paramLabel = "PORT",
      defaultValue = "15001",
      description = "The proxy's port for connections that leave (default: ${DEFAULT-VALUE}).")
  private String outboundPort = "";

  @Option(
      names = {"-z", "--inbound-capture-port"},
      paramLabel = "PORT",
      defaultValue = "15006",
      description = "The proxy's port for connections that arrive (default: ${DEFAULT-VALUE}).")
  private String inboundPort = "";

  @Option(
      names = {"-u", "--proxy-uid"},
      paramLabel = "UID",
      defaultValue = "1337",
      description = "User id whose connections aren't captured (default: ${DEFAULT-VALUE}).")
  private String proxyUser = "";

  @Option(
      names = {"-g", "--proxy-gid"},
      paramLabel = "GID",
      description = "Group id whose connections aren't captured (default: that of -u).")
  private Optional<String> proxyGroup = Optional.empty();

  @Option(
      names = {"-d", "--istio-local-exclude-ports"},
      paramLabel = "PORT[,PORT]",
      defaultValue = "15090,15021,15020",
      description = "Arriving connections left alone (default: ${DEFAULT-VALUE}).")
  private String excludedPorts = "";

  @Option(
      names = {"-n", "--dry-run"},
      description = "Print what would be applied, and change nothing.")
  private boolean dryRun;

  @Option(
      names = {"--cleanup", "--cleanup-only"},
      description = "Remove everything that Sluice made in this network namespace.")
  private boolean cleanUp;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine line = spec.commandLine();
    try {
      RuleOptions options =
          RuleOptionsText.parse(
              mode,
              outboundPort,
              inboundPort,
              proxyUser,
              proxyGroup.orElse(proxyUser),
              excludedPorts);
      return act(options, line.getOut(), line.getErr());
    } catch (InvalidRuleOptionsException e) {
      e.problems().forEach(problem -> line.getErr().println("sluice init: " + problem));
      return CommandLine.ExitCode.USAGE;
    } catch (IOException e) {
      line.getErr().println("sluice init: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private int act(RuleOptions options, PrintWriter out, PrintWriter err) throws IOException {
    if (dryRun && cleanUp) {
      err.println("sluice init: --dry-run with --cleanup; expected one of them");
      return CommandLine.ExitCode.USAGE;
    }
    Ipv6Support ipv6 = Ipv6Support.probe();
    RuleProgram program = RulePlanner.plan(options, families(ipv6));
    if (dryRun) {
      if (ipv6 != Ipv6Support.ON) {
        err.println("sluice init: IPv4 only: IPv6 is " + ipv6.reason());
      }
      out.print(new RuleInstaller(CommandRunner.here()).dryRun(program));
      out.flush();
      return CommandLine.ExitCode.OK;
    }
    Optional<String> lacking = Privileges.lackingForRules();
    if (lacking.isPresent()) {
      err.println("sluice init: " + lacking.get());
      return CommandLine.ExitCode.SOFTWARE;
    }
    RuleInstaller installer = new RuleInstaller(CommandRunner.here());
    err.println(cleanUp ? cleanUp(installer) : apply(installer, program, options, ipv6));
    return CommandLine.ExitCode.OK;
  }

  private static String cleanUp(RuleInstaller installer) throws RulesException {
    return installer.cleanUp()
        ? "sluice init: removed all rules, routes and addresses of Sluice"
        : "sluice init: nothing of Sluice is here, so nothing was removed";
  }

  private static String apply(
      RuleInstaller installer, RuleProgram program, RuleOptions options, Ipv6Support ipv6)
      throws RulesException {
    installer.apply(program);
    return "sluice init: %s rules applied: outbound to port %d, inbound to port %d, not user %d, group %d; %s"
        .formatted(
            options.interception(),
            options.ports().outbound(),
            options.ports().inbound(),
            options.proxy().users().getFirst(),
            options.proxy().groups().getFirst(),
            ipv6 == Ipv6Support.ON ? "IPv4 and IPv6" : "IPv4 only: IPv6 is " + ipv6.reason());
  }

  private static List<Family> families(Ipv6Support ipv6) {
    List<Family> families = new ArrayList<>(List.of(Family.IPV4));
    if (ipv6 == Ipv6Support.ON) {
      families.add(Family.IPV6);
    }
    return families;
  }
}
