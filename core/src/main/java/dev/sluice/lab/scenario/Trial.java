// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import java.util.List;

/**
 * The connections of a scenario in one family.
 *
 * @param steps while everything runs, one after the other
 * @param withoutProxy after the proxies were stopped, their rules still there
 */
record Trial(List<Step> steps, List<Step> withoutProxy) {
  Trial {
    steps = List.copyOf(steps);
    withoutProxy = List.copyOf(withoutProxy);
  }
}
