// SPDX-License-Identifier: Apache-2.0
/**
 * What a rule program does with a connection, worked out from the program alone: the way through
 * hooks, tables and rules, and the verdict. Start at {@link dev.sluice.rules.explain.Explainer}.
 * Pure, values are immutable; tests hold it against the kernel.
 */
@NullMarked
package dev.sluice.rules.explain;

import org.jspecify.annotations.NullMarked;
