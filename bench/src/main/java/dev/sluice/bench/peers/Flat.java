// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.LookupTimes;
import dev.sluice.bench.Machine;
import dev.sluice.bench.OrderlyEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * Whether costs stay flat: processor time of a request and memory of a connection against open
 * connections, without a proxy and with one; a connect through the load balancer against services.
 * {@code scripts/bench --flat}.
 */
@Command(
    name = "scripts/bench --flat",
    mixinStandardHelpOptions = true,
    description = "Costs against the number of open connections, and of services, in one run.")
public final class Flat implements Callable<Integer> {
  private static final Path HOME = Path.of(System.getProperty("sluice.home", "."));
  private static final Path TARGET = HOME.resolve("target/bench");
  private static final int ROUNDS = 11;
  private static final int LOOKUP_ROUNDS = 101;
  private static final List<String> WAYS =
      List.of(Variant.DIRECT, Variant.REDIRECT, Variant.HAPROXY);
  private static final Crowds.Effort USUAL =
      new Crowds.Effort(ROUNDS, 1_000, Plan.USUAL.settledSeconds());
  private static final Crowds.Effort QUICK = new Crowds.Effort(1, 200, Plan.QUICK.settledSeconds());

  @Option(
      names = "--quick",
      description = "Short rounds, and few: shows that it works; its figures mean nothing.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "These ways alone, of direct, redirect and haproxy (default: all).")
  private Set<String> only = new LinkedHashSet<>(WAYS);

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where each figure goes, an object a line (default: target/bench/flat.jsonl).")
  private Path json = TARGET.resolve("flat.jsonl");

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

  private Flat() {}

  /** Ends the process with 0, 1 if the machine was too busy or something failed, or 2. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Flat()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    for (String name : only) {
      if (!WAYS.contains(name)) {
        throw new ParameterException(
            spec.commandLine(), "--only " + name + ": expected some of " + String.join(",", WAYS));
      }
    }
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

  private int run(OrderlyEnd end) throws Exception {
    String machine = Machine.description().strip();
    System.err.println(machine);
    System.err.println("connects among more and more services");
    Growth lookups =
        new Growth(LookupTimes.SERVICES, LookupTimes.measure(end, quick ? 3 : LOOKUP_ROUNDS));
    Catalogue catalogue = Catalogue.of(only, true);
    List<Crowds.Measured> crowds = new ArrayList<>();
    for (Variant way : catalogue.variants()) {
      if (only.contains(way.name())) {
        // One after the other: the server has descriptors for one.
        try (BenchWorld world = BenchWorld.create(Optional.empty())) {
          crowds.add(Crowds.measure(world, way, end, System.err::println, quick ? QUICK : USUAL));
        }
      }
    }
    FlatPage page = new FlatPage(machine, quick, crowds, catalogue.missing(), lookups);
    System.out.println(page.text());
    write(page);
    return page.isQuietEnough() ? 0 : 1;
  }

  private void write(FlatPage page) throws IOException {
    Files.createDirectories(TARGET);
    Path markdown = TARGET.resolve("flat.md");
    page.json().writeTo(json);
    Files.writeString(markdown, page.markdown());
    page.plot(plots);
    if (docs) {
      Path folder = HOME.resolve("docs/performance");
      page.plot(folder);
      Files.writeString(folder.resolve("flat.md"), page.markdown());
    }
    System.out.println("figures: " + json + "; plots: " + plots + "; Markdown: " + markdown);
  }
}
