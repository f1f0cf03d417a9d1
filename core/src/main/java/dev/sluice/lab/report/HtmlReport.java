// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.scenario.ScenarioResult;
import java.util.List;

/** The page. */
public final class HtmlReport {
  private HtmlReport() {}

  /** One page. */
  public static String of(List<ScenarioResult> results) {
    return "<!doctype html>" + results.size();
  }
}
