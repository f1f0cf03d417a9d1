// SPDX-License-Identifier: Apache-2.0
/**
 * The command line and the composition root: the only place that constructs everything. Start at
 * {@link dev.sluice.app.Main}.
 */
@NullMarked
package dev.sluice.app;

import org.jspecify.annotations.NullMarked;
