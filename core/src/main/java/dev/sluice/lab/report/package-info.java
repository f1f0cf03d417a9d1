// SPDX-License-Identifier: Apache-2.0
/**
 * The results of the demo for people and for programs: progress, table, JSON and the page. Start at
 * {@link dev.sluice.lab.report.JsonReport} and {@link dev.sluice.lab.report.HtmlReport}. Writers
 * are pure functions of the results; the console is confined to one thread.
 */
@NullMarked
package dev.sluice.lab.report;

import org.jspecify.annotations.NullMarked;
