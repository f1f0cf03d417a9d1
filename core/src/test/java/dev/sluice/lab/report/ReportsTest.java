// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.scenario.Catalogue;
import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.Latency;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.Sightings;
import dev.sluice.lab.scenario.Traced;
import dev.sluice.lab.topology.Family;
import dev.sluice.trace.Evidence;
import dev.sluice.trace.Hop;
import dev.sluice.trace.Place;
import dev.sluice.trace.Sighting;
import dev.sluice.trace.What;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReportsTest {
  private static final String HOSTILE = "\"><script>alert('1 & 2')</script>\u0001";
  private static final ReportFacts FACTS =
      new ReportFacts(Instant.parse("2026-11-22T09:40:11Z"), "6.18.44", "25.0.1");

  @Test
  void jsonHasTheFieldsThatProgramsReadAndEscapesTheRest() {
    assertThat(JsonReport.of(List.of(result(true, "10.7.1.2:1"), result(false, "a\"b\\c\n"))))
        .startsWith(
            "{\"scenarios\":[{\"name\":\"none\",\"family\":\"ipv6\",\"passed\":true,\"claims\":["
                + "{\"claim\":\"dial: the peer\",\"expected\":\"10.7.1.2:1\",\"observed\":"
                + "\"10.7.1.2:1\",\"passed\":true,\"source\":\"server's accept\"}]")
        .contains("\"observed\":\"a\\\"b\\\\c\\n\",\"passed\":false")
        .endsWith("\"passed\":1,\"failed\":1}");
  }

  @Test
  void jsonHasLatencyInNanoseconds() {
    assertThat(JsonReport.of(List.of(result(true, "x"))))
        .contains("\"intercepted\":{\"connect\":{\"median_ns\":90000,\"p99_ns\":90000}")
        .contains("\"direct\":{\"connect\":{\"median_ns\":40000,\"p99_ns\":40000}");
  }

  @Test
  void bothSayWhichWayTheConnectionWentOrWhyThatIsNotKnown() throws IOException {
    InetSocketAddress service = new InetSocketAddress(InetAddress.ofLiteral("10.96.0.1"), 80);
    InetSocketAddress backend = new InetSocketAddress(InetAddress.ofLiteral("10.7.2.2"), 8080);
    InetSocketAddress client = new InetSocketAddress(InetAddress.ofLiteral("10.7.1.2"), 40_000);
    Place place = new Place("client", 1);
    Sighting seen = new Sighting(Evidence.EVENT, "", 1);
    List<Hop> hops =
        List.of(
            new Hop(seen, new What.Dialled(place, Optional.empty(), service)),
            new Hop(
                seen,
                new What.Hooked(
                    "cgroup/connect4",
                    List.of("lb\u001b (program 3)"),
                    service,
                    backend,
                    Optional.empty())),
            new Hop(seen, new What.Outcome("connected", true)),
            new Hop(new Sighting(Evidence.NOT_OBSERVED, "", 1), new What.Unknown("a", "b")),
            new Hop(seen, new What.ServerSaw(place, backend, client, Optional.empty())));
    ScenarioResult plain = result(true, "x");
    ScenarioResult traced =
        new ScenarioResult(
            plain.scenario(),
            plain.family(),
            plain.claims(),
            Map.of(),
            new Sightings(
                Sightings.Leg.NONE, List.of(), Sightings.Leg.NONE, List.of(), new Traced(hops, "")),
            Optional.empty(),
            Optional.empty());

    String path =
        "connect 10.96.0.1:80 | lb\\u{1b} to 10.7.2.2:8080 | not observed: a | somebody at"
            + " 10.7.2.2:8080 sees 10.7.1.2:40000";
    assertThat(TableReport.of(List.of(traced)))
        .contains("\n    path, traced  5 hops (1 not observed): " + path + "\n");
    assertThat(JsonReport.of(List.of(traced)))
        .contains(
            "\"trace\":{\"hops\":5,\"not_observed\":1,\"path\":\""
                + path.replace("\\", "\\\\")
                + "\"}");
    assertThat(TableReport.of(List.of(plain)))
        .contains("\n    path, traced  not traced: no trace was made\n");
    assertThat(JsonReport.of(List.of(plain)))
        .contains("\"trace\":{\"why_not\":\"no trace was made\"}");
  }

  @Test
  void tableSaysWhatWasExpectedOnlyWhereItDiffers() {
    String table = TableReport.of(List.of(result(true, "x"), result(false, "y")));

    assertThat(table)
        .contains("+ dial: the peer  x  server's accept\n")
        .contains("- dial: the peer  y  server's accept   EXPECTED 10.7.1.2:1\n")
        .endsWith("2 scenarios: 1 passed, 1 failed\n");
  }

  @Test
  void whatWasNotRunHasNeitherPassedNorFailed() throws IOException {
    List<ScenarioResult> results = ScenarioResult.notRun(Catalogue.all().getFirst(), "no envoy");

    assertThat(JsonReport.of(results))
        .contains("\"passed\":false,\"not_run\":\"no envoy\"")
        .endsWith("\"passed\":0,\"failed\":0,\"not_run\":2}");
    assertThat(TableReport.of(results))
        .contains("not run  none, ipv4", "no envoy")
        .endsWith("2 scenarios: 0 passed, 0 failed, 2 not run\n");
    assertThat(HtmlReport.of(results, FACTS))
        .contains("Not run: no envoy", ">0</span><span class=\"label\">failed")
        .contains(">2</span><span class=\"label\">not run")
        .doesNotContain("0 of 0 claims");
  }

  @Test
  void tableEndsWithOneLineForEachResult() {
    assertThat(TableReport.of(List.of(result(true, "x"), result(false, "y"))))
        .containsPattern("\\nverdict +scenario +family +dialled +original destination +server saw")
        .containsPattern("\\npass +none +ipv6 +- +- +- +90 µs \\(40 µs\\)")
        .containsPattern("\\nFAIL +none +ipv6 ");
  }

  @Test
  void pageShowsWhatWasObservedAsTextWhateverItIs() throws IOException {
    String page = HtmlReport.of(List.of(result(false, HOSTILE)), FACTS);

    assertThat(page)
        .doesNotContain("<script", "\u0001")
        .contains("&quot;&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;\ufffd");
  }

  @Test
  void pageStandsAloneAndSaysWhereItWasMade() throws IOException {
    assertThat(HtmlReport.of(List.of(result(true, "x")), FACTS))
        .contains("2026-11-22 09:40:11 UTC", "Linux 6.18.44", "Java 25.0.1", "<svg")
        .doesNotContain("http:", "https:", "src=", "url(", "@import");
  }

  @Test
  void pageDrawsEveryScenarioOfTheCatalogue() throws IOException {
    List<ScenarioResult> all =
        Catalogue.all().stream().map(scenario -> result(scenario, true, "x")).toList();

    String page = HtmlReport.of(all, FACTS);

    for (Scenario scenario : Catalogue.all()) {
      assertThat(page).contains("id=\"" + scenario.name() + "\"");
    }
    assertThat(page).doesNotContain("%s", "null");
  }

  private static ScenarioResult result(boolean passed, String observed) {
    return result(Catalogue.all().getFirst(), passed, observed);
  }

  private static ScenarioResult result(Scenario scenario, boolean passed, String observed) {
    Claim claim =
        new Claim(
            "dial",
            "the peer",
            passed ? observed : "10.7.1.2:1",
            observed,
            passed,
            "server's accept");
    Latency latency =
        new Latency(
            List.of(new LatencySample(90_000, 500_000)),
            List.of(new LatencySample(40_000, 200_000)));
    return new ScenarioResult(
        scenario,
        Family.IPV6,
        List.of(claim),
        Map.of("client: nat: -A OUTPUT", 3L),
        Sightings.NONE,
        Optional.of(latency),
        Optional.empty());
  }
}
