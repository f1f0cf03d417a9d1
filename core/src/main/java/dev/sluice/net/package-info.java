// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses with a meaning: a client is never mistaken for an original destination, because they
 * are different types. Start at {@link dev.sluice.net.OriginalDestination}. Immutable.
 */
@NullMarked
package dev.sluice.net;

import org.jspecify.annotations.NullMarked;
