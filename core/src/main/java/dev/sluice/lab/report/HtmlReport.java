// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.drawing.Markup;
import dev.sluice.drawing.TraceDrawing;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.Traced;
import dev.sluice.lab.topology.Family;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The results as one page that needs nothing else: drawings, tables, plot; no script, no address of
 * any other page. Pure.
 */
public final class HtmlReport {
  private final Markup page = new Markup();
  private final List<ScenarioResult> results;

  private HtmlReport(List<ScenarioResult> results) {
    this.results = results;
  }

  /** The page. */
  public static String of(List<ScenarioResult> results, ReportFacts facts) throws IOException {
    return new HtmlReport(results).write(facts);
  }

  private String write(ReportFacts facts) throws IOException {
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.raw(
        "<title>Sluice demo</title>\n<style>\n"
            + styleSheet()
            + TraceDrawing.styleSheet()
            + "</style>\n</head>");
    page.raw("<body>\n<main>");
    summary(facts);
    page.raw("<h2>Topology</h2>\n<div class=\"card scroll\">").append(TopologyDrawing.draw());
    page.raw("</div>");
    familySwitch();
    page.raw("<h2>Scenarios</h2>");
    byScenario().forEach(this::scenario);
    latency();
    page.raw("</main>\n</body>\n</html>");
    return page.toString();
  }

  private void summary(ReportFacts facts) {
    long passed = results.stream().filter(ScenarioResult::passed).count();
    long failed = results.stream().filter(ScenarioResult::failed).count();
    long notRun = results.size() - passed - failed;
    long claims = results.stream().mapToLong(result -> result.claims().size()).sum();
    page.raw("<h1>What each party saw</h1>");
    page.fill("<p class=\"facts\">Sluice demo · %s</p>", facts.text());
    page.raw(
        "<p>Each scenario runs real processes in network namespaces of its own. What has to be seen"
            + " is written down before the first packet; what was seen comes from the parties'"
            + " sockets, the proxies' access logs and the kernel's counters.</p>");
    page.fill(
        "<div class=\"verdict\"><div class=\"good\"><span class=\"number\">%s</span><span"
            + " class=\"label\">passed</span></div><div class=\"%s\"><span"
            + " class=\"number\">%s</span><span class=\"label\">failed</span></div>",
        passed, failed == 0 ? "muted" : "bad", failed);
    if (notRun > 0) {
      page.fill(
          "<div><span class=\"number\">%s</span><span class=\"label\">not run</span></div>",
          notRun);
    }
    page.fill(
        "<div><span class=\"number\">%s</span><span class=\"label\">claims"
            + " compared</span></div></div>",
        claims);
    page.raw("<div class=\"card\"><div class=\"matrix\">");
    byScenario()
        .forEach(
            (scenario, ofBoth) -> {
              page.fill(
                  "<a href=\"#%s\"><span class=\"name\">%s</span>",
                  scenario.name(), scenario.name());
              ofBoth.forEach(this::mark);
              page.raw("</a>");
            });
    page.raw("</div></div>");
  }

  private void mark(ScenarioResult result) {
    page.fill(
        "<span class=\"mark %s\">%s %s</span>",
        result.passed() ? "ok" : result.failed() ? "no" : "muted",
        result.passed() ? "✓" : result.failed() ? "✗" : "not run",
        result.family().text());
  }

  /** Changes the addresses in the drawings; works by style alone. */
  private void familySwitch() {
    page.raw("<div class=\"switch\"><span class=\"muted\">Addresses in the drawings:</span>");
    for (Family family : Family.values()) {
      page.fill(
          "<span><input type=\"radio\" name=\"family\" id=\"show-%s\"%s><label"
              + " for=\"show-%s\">%s</label></span>",
          family.text(),
          family == Family.IPV4 ? " checked" : "",
          family.text(),
          family == Family.IPV4 ? "IPv4" : "IPv6");
    }
    page.raw("</div>");
  }

  private void scenario(Scenario scenario, List<ScenarioResult> ofBoth) {
    page.fill(
        "<section class=\"card\" id=\"%s\"><div class=\"head\"><h3>%s</h3><div class=\"marks\">",
        scenario.name(), scenario.name());
    ofBoth.forEach(this::mark);
    page.fill("</div></div>\n<p class=\"muted\">%s</p>", scenario.title());
    Optional<String> notRun = ofBoth.stream().flatMap(result -> result.notRun().stream()).findAny();
    notRun.ifPresent(reason -> page.fill("<p>Not run: %s</p>", reason));
    ofBoth.forEach(this::traced);
    page.raw("<details><summary>The stations in short, with the addresses seen there</summary>");
    page.raw("<div class=\"scroll\">").append(PathDrawing.draw(scenario.path(), ofBoth));
    page.raw("</div></details>");
    if (notRun.isEmpty()) {
      page.append(ClaimsTable.draw(ofBoth));
    }
    page.raw("</section>");
  }

  private void traced(ScenarioResult result) {
    if (result.notRun().isPresent()) {
      return;
    }
    Traced traced = result.sightings().traced();
    page.fill("<div class=\"scroll traced only-%s\">", result.family().text());
    if (traced.hops().isEmpty()) {
      page.fill("<p class=\"muted\">The path was not traced: %s.</p>", traced.why());
    } else {
      page.fill(
          "<p class=\"muted\">The path of one more connection like the first, as traced:"
              + " %s hops.</p>",
          traced.hops().size());
      page.append(
          TraceDrawing.draw(
              traced.hops(), result.scenario().name() + ", " + result.family().text()));
    }
    page.raw("</div>");
  }

  private void latency() {
    if (results.stream().noneMatch(result -> result.latency().isPresent())) {
      return;
    }
    page.raw("<h2>Latency</h2>");
    page.raw(
        "<p>One client, one connection after the other, on the topology of the scenario:"
            + " <b>●</b>&nbsp;intercepted, <b>○</b>&nbsp;after proxies and what led to them were"
            + " removed, seconds later. The mark is the median, the bar ends at the 99th"
            + " percentile; the axis is logarithmic. These figures pass or fail nothing.</p>");
    page.raw("<div class=\"card scroll\">");
    page.append(LatencyPlot.draw("connect()", results, Latency::connect));
    page.raw("</div><div class=\"card scroll\">");
    page.append(LatencyPlot.draw("round trip of 64 bytes", results, Latency::roundTrip));
    page.raw("</div>");
  }

  private Map<Scenario, List<ScenarioResult>> byScenario() {
    Map<Scenario, List<ScenarioResult>> grouped = new LinkedHashMap<>();
    for (ScenarioResult result : results) {
      grouped.computeIfAbsent(result.scenario(), name -> new ArrayList<>()).add(result);
    }
    return grouped;
  }

  private static String styleSheet() throws IOException {
    try (InputStream stream = HtmlReport.class.getResourceAsStream("report.css")) {
      if (stream == null) {
        throw new IOException("the resource report.css is missing from the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
