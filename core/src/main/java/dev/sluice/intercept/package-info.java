// SPDX-License-Identifier: Apache-2.0
/**
 * Learns where an intercepted connection was going, and refuses connections that go to the proxy
 * itself. Start at {@link dev.sluice.intercept.OriginalDestinations}. Thread-safe unless said
 * otherwise.
 */
@NullMarked
package dev.sluice.intercept;

import org.jspecify.annotations.NullMarked;
