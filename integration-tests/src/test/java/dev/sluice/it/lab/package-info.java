// SPDX-License-Identifier: Apache-2.0
/**
 * The demo under test: each scenario as a test of its own, and the command as a user, a signal and
 * a second demo meet it. Start with {@link dev.sluice.it.lab.DemoScenarioIT}. One thread a test.
 */
@NullMarked
package dev.sluice.it.lab;

import org.jspecify.annotations.NullMarked;
