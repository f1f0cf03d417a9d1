// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A run to be read: on a terminal, or as a part of a page in Markdown. Pure. */
final class Page {
  private Page() {}

  static String text(RunOutcome outcome) {
    return page(outcome, Table::text, "%s\n");
  }

  static String markdown(RunOutcome outcome) {
    return page(outcome, Table::markdown, "- %s\n");
  }

  private static String page(RunOutcome outcome, Function<Table, String> form, String item) {
    List<Table> tables = new ArrayList<>(outcome.report().tables());
    tables.add(once(outcome));
    tables.add(targets(outcome));
    return outcome.machine()
        + "\n"
        + tables.stream().map(form).collect(Collectors.joining("\n"))
        + "\n"
        + Stream.concat(outcome.report().legend().lines(), notes(outcome))
            .map(item::formatted)
            .collect(Collectors.joining());
  }

  private static Stream<String> notes(RunOutcome outcome) {
    Findings findings = outcome.findings();
    List<String> notes = new ArrayList<>();
    outcome.variants().forEach(v -> notes.add(v.name() + ": " + v.description()));
    outcome.missing().forEach(m -> notes.add("not in this run: " + m.name() + ": " + m.reason()));
    findings.failed().forEach((name, why) -> notes.add("no line: " + name + ": " + why));
    findings.remarks().forEach(remark -> notes.add("remark: " + remark));
    findings.problems().forEach(problem -> notes.add("failed: " + problem));
    if (!outcome.seesSlowedReads()) {
      notes.add("SELF-CHECK FAILED: 50 us added to each read made no difference");
    }
    if (outcome.quick()) {
      notes.add("--quick shows that it works; its figures mean nothing");
    }
    return notes.stream();
  }

  private static Table once(RunOutcome outcome) {
    Findings findings = outcome.findings();
    TreeSet<Integer> counts = new TreeSet<>();
    findings.idleRss().values().forEach(figures -> counts.addAll(figures.keySet()));
    List<String> head = new ArrayList<>(List.of(""));
    head.add("first byte ms");
    head.add("first second p99 us");
    head.add("PSS MiB, many copies");
    counts.forEach(count -> head.add("RSS MiB, %,d idle".formatted(count)));
    List<List<String>> rows = new ArrayList<>();
    for (String variant : outcome.measured()) {
      if (findings.firstSecondP99().containsKey(variant)) {
        List<String> row = new ArrayList<>(List.of(variant));
        row.add(Figures.of(Findings.of(findings.startMillis(), variant)));
        row.add(Figures.of(Findings.of(findings.firstSecondP99(), variant)));
        row.add(Figures.of(Findings.of(findings.copiesPss(), variant)));
        Map<Integer, Double> idle = findings.idleRss().getOrDefault(variant, Map.of());
        counts.forEach(
            count -> row.add(idle.containsKey(count) ? Figures.of(idle.get(count)) : "-"));
        rows.add(row);
      }
    }
    return new Table("Once: start-up and memory", head, rows);
  }

  private static Table targets(RunOutcome outcome) {
    List<List<String>> rows =
        outcome.targets().stream()
            .map(
                target ->
                    List.of(
                        target.what(),
                        (target.atLeast() ? ">= " : "<= ") + Figures.of(target.bound()),
                        Figures.of(target.found()),
                        target.verdict()))
            .toList();
    return new Table("Targets", List.of("", "wanted", "found", ""), rows);
  }
}
