// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.intercept.LiveCheck;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RuleCheck;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.install.IstioRemains;
import dev.sluice.rules.install.RuleInstaller;
import dev.sluice.rules.install.Verification;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ExitCode;

/** What {@code sluice init} does once everything is decided. Blocks its caller. */
final class InitActions {
  private final InitPlan plan;
  private final InitSettings settings;
  private final RuleInstaller installer;
  private final PrintWriter out;
  private final PrintWriter err;

  InitActions(InitPlan plan, InitSettings settings, PrintWriter out, PrintWriter err) {
    this.plan = plan;
    this.settings = settings;
    this.installer = new RuleInstaller(settings.backend(), settings.where().runner());
    this.out = out;
    this.err = err;
  }

  /** The exit code. */
  int run() throws IOException {
    if (settings.action() == InitSettings.Action.DRY_RUN) {
      return dryRun();
    }
    // Where another program made the rules, the proxy's user checks them without any right.
    Optional<String> lacking =
        settings.action() == InitSettings.Action.SKIP
            ? Optional.empty()
            : Privileges.lackingForRules();
    if (lacking.isPresent()) {
      say(lacking.get());
      return ExitCode.SOFTWARE;
    }
    plan.notes().forEach(this::say);
    int code =
        switch (settings.action()) {
          case APPLY -> apply();
          case CLEAN_UP -> cleanUp();
          case VERIFY -> verify();
          case SKIP, DRY_RUN, EXPLAIN -> ExitCode.OK;
        };
    return code == ExitCode.OK && settings.validation().wanted() ? validate() : code;
  }

  private int dryRun() throws RulesException {
    plan.notes().forEach(this::say);
    if (plan.lacksIpv6()) {
      say(plan.families());
    }
    out.print(
        settings.json()
            ? JsonText.of(json -> ProgramJson.write(plan.program(), json))
            : installer.dryRun(plan.program()));
    out.flush();
    return ExitCode.OK;
  }

  private int apply() throws RulesException {
    RuleOptions options = plan.options();
    installer.apply(plan.program());
    say(
        "%s rules applied: outbound to port %d, inbound to port %d, not user %s, group %s; %s"
            .formatted(
                options.interception(),
                options.ports().outbound(),
                options.ports().inbound(),
                list(options.proxy().users()),
                list(options.proxy().groups()),
                plan.families()));
    return ExitCode.OK;
  }

  private int cleanUp() throws RulesException {
    say(
        installer.cleanUp()
            ? "removed all rules, routes and addresses of Sluice"
            : "nothing of Sluice is here, so nothing was removed");
    IstioRemains remains = IstioRemains.find(settings.where().runner());
    if (settings.istioToo()) {
      remains.remove();
    }
    String what =
        settings.istioToo() ? "removed too: " : "left, since only --cleanup=istio removes it: ";
    remains.lines().forEach(line -> say(what + line));
    return ExitCode.OK;
  }

  private int verify() throws RulesException {
    Verification found = installer.verify(plan.program());
    if (settings.json()) {
      out.print(JsonText.of(json -> VerificationJson.write(found, plan.program(), json)));
    } else {
      found.difference().forEach(out::println);
      found.remarks().forEach(this::say);
      say(
          found.succeeded()
              ? "exactly this program is here; " + plan.families()
              : "what is here is not this program");
    }
    out.flush();
    return found.succeeded() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private int validate() throws IOException {
    InitSettings.Validation validation = settings.validation();
    LiveCheck.Report report =
        settings
            .where()
            .call(
                () ->
                    RuleCheck.run(
                        plan.options(),
                        plan.program().families().stream().map(FamilyProgram::family).toList(),
                        validation.port(),
                        validation.timeout()));
    report.untried().forEach(probe -> say("not tried: " + probe));
    report.problems().forEach(problem -> say("not captured: " + problem));
    if (!report.problems().isEmpty()) {
      return LiveCheck.EXIT_CODE;
    }
    say("captured as they should be: " + report.captured().size() + " connections");
    return ExitCode.OK;
  }

  private void say(String line) {
    err.println("sluice init: " + line);
    err.flush();
  }

  private static String list(List<Long> ids) {
    return ids.stream().map(Object::toString).collect(Collectors.joining(","));
  }
}
