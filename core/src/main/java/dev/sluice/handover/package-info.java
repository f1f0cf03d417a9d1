// SPDX-License-Identifier: Apache-2.0
/**
 * A running proxy taken over by another process with its listeners and connections, none of which
 * breaks. Start at {@link dev.sluice.handover.Stage}, which is the protocol's whole story; {@link
 * dev.sluice.handover.Giving} is the side that runs, {@link dev.sluice.handover.Taking} the one
 * that comes. Both are confined to threads of their own, never on an event loop.
 */
@NullMarked
package dev.sluice.handover;

import org.jspecify.annotations.NullMarked;
