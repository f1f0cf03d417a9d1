// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.drawing.Markup;
import dev.sluice.lab.scenario.Claim;
import dev.sluice.lab.scenario.ScenarioResult;
import java.util.ArrayList;
import java.util.List;

/** The claims of one scenario, its families side by side, the connections one below the other. */
final class ClaimsTable {
  private final Markup page = new Markup();
  private final List<ScenarioResult> ofBoth;

  private ClaimsTable(List<ScenarioResult> ofBoth) {
    this.ofBoth = ofBoth;
  }

  static Markup draw(List<ScenarioResult> ofBoth) {
    ClaimsTable table = new ClaimsTable(ofBoth);
    table.claims();
    table.rules();
    return table.page;
  }

  private void claims() {
    boolean allPassed = ofBoth.stream().allMatch(ScenarioResult::passed);
    page.fill("<details%s><summary>%s</summary>", allPassed ? "" : " open", heading(allPassed));
    page.raw("<div class=\"scroll\"><table class=\"claims\"><thead><tr><th>claim</th>");
    ofBoth.forEach(result -> page.fill("<th>seen, %s</th>", result.family().text()));
    page.raw("<th>by</th></tr></thead><tbody>");
    int rows = ofBoth.stream().mapToInt(result -> result.claims().size()).max().orElse(0);
    String connection = "";
    for (int i = 0; i < rows; i++) {
      List<Claim> claims = row(i);
      Claim first = claims.getFirst();
      if (!first.connection().equals(connection)) {
        connection = first.connection();
        page.fill(
            "<tr class=\"step\"><td colspan=\"%s\">%s</td></tr>", ofBoth.size() + 2, connection);
      }
      claim(first, claims);
    }
    page.raw("</tbody></table></div></details>");
  }

  private String heading(boolean allPassed) {
    int claims = ofBoth.stream().mapToInt(result -> result.claims().size()).sum();
    long held =
        ofBoth.stream().flatMap(result -> result.claims().stream()).filter(Claim::passed).count();
    return (allPassed ? "All " + claims : held + " of " + claims)
        + " claims hold: what was expected, what was seen, and by whom";
  }

  private List<Claim> row(int row) {
    List<Claim> claims = new ArrayList<>();
    for (ScenarioResult result : ofBoth) {
      if (row < result.claims().size()) {
        claims.add(result.claims().get(row));
      }
    }
    return claims;
  }

  private void claim(Claim first, List<Claim> claims) {
    boolean allPassed = claims.stream().allMatch(Claim::passed);
    page.fill("<tr class=\"%s\"><td>%s</td>", allPassed ? "held" : "failed", first.sentence());
    for (Claim claim : claims) {
      page.fill(
          "<td class=\"seen\"><span class=\"%s\">%s</span> <span class=\"mono\">%s</span>",
          claim.passed() ? "ok" : "no", claim.passed() ? "✓" : "✗", claim.observed());
      if (!claim.expected().equals(claim.observed())) {
        page.fill("<div class=\"wanted\">expected %s</div>", claim.expected());
      }
      page.raw("</td>");
    }
    page.fill("<td class=\"by\">%s</td></tr>", first.source());
  }

  private void rules() {
    if (ofBoth.stream().allMatch(result -> result.countedRules().isEmpty())) {
      return;
    }
    page.raw("<details><summary>Rules that counted packets during the claims</summary>");
    page.raw("<div class=\"scroll\"><table>");
    for (ScenarioResult result : ofBoth) {
      result
          .countedRules()
          .forEach(
              (rule, packets) ->
                  page.fill(
                      "<tr><td class=\"by\">%s</td><td class=\"count\">%s</td><td"
                          + " class=\"mono\">%s</td></tr>",
                      result.family().text(), packets, rule));
    }
    page.raw("</table></div></details>");
  }
}
