// SPDX-License-Identifier: Apache-2.0
/**
 * Commands that are killed or refused in the middle, whichever they are. Start at {@link
 * dev.sluice.it.fault.InterruptedCommand}. Needs root.
 */
@NullMarked
package dev.sluice.it.fault;

import org.jspecify.annotations.NullMarked;
