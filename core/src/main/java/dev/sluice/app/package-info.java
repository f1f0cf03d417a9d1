// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: what is constructed, and what a user is told. Start at {@link
 * dev.sluice.app.Main}. Nothing imports this package.
 */
@NullMarked
package dev.sluice.app;

import org.jspecify.annotations.NullMarked;
