// SPDX-License-Identifier: Apache-2.0
/**
 * What the demo claims, and how it finds out: each scenario is a value that says what is set up,
 * what is dialled, and what must be seen by whom; a runner makes the connections and compares.
 * Start at {@link dev.sluice.lab.scenario.Catalogue} and {@link
 * dev.sluice.lab.scenario.ScenarioRunner}. Values are immutable; the runner blocks its caller.
 */
@NullMarked
package dev.sluice.lab.scenario;

import org.jspecify.annotations.NullMarked;
