// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.Machine;
import dev.sluice.bench.OrderlyEnd;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Sluice in each of its modes beside the proxies that people use, in one run on one machine: {@code
 * scripts/bench --peers}.
 */
@Command(
    name = "scripts/bench --peers",
    mixinStandardHelpOptions = true,
    description = "Sluice in each of its modes beside other proxies, in one run.")
public final class Peers implements Callable<Integer> {
  @Option(
      names = "--quick",
      description = "One short round: shows that it works; its figures mean nothing.")
  private boolean quick;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds that count (default: 5).")
  private int rounds;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "These variants alone; the direct connections are always there.")
  private Set<String> only = new LinkedHashSet<>(Catalogue.NAMES);

  @Option(
      names = "--access-log",
      paramLabel = "on|off",
      description = "Whether all proxies write one (default: on).")
  private String accessLog = "on";

  @Spec private CommandSpec spec = CommandSpec.create();

  private Peers() {}

  /** Ends the process with 0, 1 if the machine was too busy or something failed, or 2. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Peers()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    check();
    OrderlyEnd end = OrderlyEnd.onSignal();
    try {
      return run(end);
    } catch (OrderlyEnd.Wanted e) {
      System.err.println("bench: interrupted; removed what it had made");
      return 1;
    } finally {
      end.hasEnded();
    }
  }

  private void check() {
    for (String name : only) {
      if (!Catalogue.NAMES.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--only " + name + ": expected some of " + String.join(",", Catalogue.NAMES));
      }
    }
    if (rounds < 0 || rounds > 1_000) {
      throw new ParameterException(
          spec.commandLine(), "--rounds " + rounds + ": expected 1 to 1000");
    }
    if (!Set.of("on", "off").contains(accessLog)) {
      throw new ParameterException(
          spec.commandLine(), "--access-log " + accessLog + ": expected on or off");
    }
  }

  private int run(OrderlyEnd end) throws IOException {
    System.out.print(Machine.description());
    Catalogue catalogue = Catalogue.of(only, accessLog.equals("on"));
    Run.Plan usual = quick ? Run.Plan.QUICK : Run.Plan.USUAL;
    Run.Plan plan = new Run.Plan(rounds == 0 ? usual.rounds() : rounds, usual.seconds());
    Run.Findings findings;
    try (BenchWorld world = BenchWorld.create()) {
      findings = new Run(plan, end, System.err::println).run(world, catalogue.variants());
    }
    List<String> measured =
        catalogue.variants().stream()
            .map(Variant::name)
            .filter(name -> !findings.failed().containsKey(name))
            .toList();
    Report report = new Report(measured, findings.samples());
    report.tables().forEach(table -> System.out.println("\n" + table.text()));
    System.out.println(report.legend());
    catalogue
        .missing()
        .forEach(m -> System.out.println("not here: " + m.name() + ": " + m.reason()));
    findings.failed().forEach((name, why) -> System.out.println("no line: " + name + ": " + why));
    findings.remarks().forEach(remark -> System.out.println("remark: " + remark));
    findings.problems().forEach(problem -> System.out.println("failed: " + problem));
    return report.tooNoisy().isEmpty()
            && findings.failed().isEmpty()
            && findings.problems().isEmpty()
        ? 0
        : 1;
  }
}
