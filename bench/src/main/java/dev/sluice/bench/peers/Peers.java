// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.Machine;
import dev.sluice.bench.OrderlyEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
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
  private static final Path HOME = Path.of(System.getProperty("sluice.home", "."));
  private static final Path TARGET = HOME.resolve("target/bench");

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

  @Option(
      names = "--congestion-control",
      paramLabel = "NAME",
      description =
          "TCP's in every namespace of the run, such as reno (default: the host's; BBR paces, which"
              + " costs more than the rest of a stream).")
  private String congestionControl = "";

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where each figure goes, an object a line (default: target/bench/peers.jsonl).")
  private Path json = TARGET.resolve("peers.jsonl");

  @Option(
      names = "--plots",
      paramLabel = "FOLDER",
      description = "Where the plots go, as SVG and PNG (default: target/bench/plots).")
  private Path plots = TARGET.resolve("plots");

  @Option(
      names = "--docs",
      description = "Write the tables and the plots to docs/performance as well.")
  private boolean docs;

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

  private void check() throws IOException {
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
    List<String> allowed = Machine.allowedCongestionControls();
    if (!congestionControl.isEmpty() && !allowed.contains(congestionControl)) {
      throw new ParameterException(
          spec.commandLine(),
          "--congestion-control "
              + congestionControl
              + ": expected one of "
              + String.join(", ", allowed)
              + " (net.ipv4.tcp_allowed_congestion_control)");
    }
    if (!Set.of("on", "off").contains(accessLog)) {
      throw new ParameterException(
          spec.commandLine(), "--access-log " + accessLog + ": expected on or off");
    }
  }

  private int run(OrderlyEnd end) throws IOException {
    Optional<String> chosen = Optional.of(congestionControl).filter(name -> !name.isEmpty());
    String machine =
        Machine.description().strip()
            + ", TCP by "
            + (chosen.isPresent() ? chosen.get() : Machine.congestionControl());
    System.err.println(machine);
    Catalogue catalogue = Catalogue.of(only, accessLog.equals("on"));
    Plan usual = quick ? Plan.QUICK : Plan.USUAL;
    Plan plan = rounds == 0 ? usual : usual.withRounds(rounds);
    Findings findings;
    try (BenchWorld world = BenchWorld.create(chosen)) {
      findings = new Run(plan, end, System.err::println).run(world, catalogue.variants());
    }
    RunOutcome outcome = RunOutcome.of(machine, quick, catalogue, findings);
    System.out.println(Page.text(outcome));
    write(outcome);
    return outcome.isWhole() ? 0 : 1;
  }

  private void write(RunOutcome outcome) throws IOException {
    Files.createDirectories(TARGET);
    Path page = TARGET.resolve("peers.md");
    Files.writeString(page, Page.markdown(outcome));
    JsonLines.write(json, outcome);
    Plots.write(plots, outcome);
    if (docs) {
      Path folder = HOME.resolve("docs/performance");
      Plots.write(folder, outcome);
      Files.writeString(folder.resolve("peers.md"), Page.markdown(outcome));
    }
    System.out.println("figures: " + json + "; plots: " + plots + "; Markdown: " + page);
  }
}
