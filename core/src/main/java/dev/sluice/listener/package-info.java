// SPDX-License-Identifier: Apache-2.0
/**
 * Accepts connections. Start at {@link dev.sluice.listener.Listener}. Event-loop confined once
 * started.
 */
@NullMarked
package dev.sluice.listener;

import org.jspecify.annotations.NullMarked;
