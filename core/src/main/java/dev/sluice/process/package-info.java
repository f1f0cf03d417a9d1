// SPDX-License-Identifier: Apache-2.0
/**
 * Running other programs: found on a fixed path, never through a shell, their output kept. Start at
 * {@link dev.sluice.process.Command}. Callers block, so never on an event loop.
 */
@NullMarked
package dev.sluice.process;

import org.jspecify.annotations.NullMarked;
