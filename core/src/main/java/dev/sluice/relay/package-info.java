// SPDX-License-Identifier: Apache-2.0
/**
 * Moves bytes both ways until both halves have ended. Start at {@link dev.sluice.relay.Forwarding},
 * then {@link dev.sluice.relay.Relay}. Event-loop confined.
 */
@NullMarked
package dev.sluice.relay;

import org.jspecify.annotations.NullMarked;
