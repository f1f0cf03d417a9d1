// SPDX-License-Identifier: Apache-2.0
/**
 * The programs below {@code scripts}, run as a user runs them: the launcher and the front doors of
 * the demo and the tests. Start with {@link dev.sluice.it.scripts.LauncherIT}. One thread.
 */
@NullMarked
package dev.sluice.it.scripts;

import org.jspecify.annotations.NullMarked;
