// SPDX-License-Identifier: Apache-2.0
/** How a connection can fail, as values. Start at {@link dev.sluice.failure.Outcome}. Immutable. */
@NullMarked
package dev.sluice.failure;

import org.jspecify.annotations.NullMarked;
