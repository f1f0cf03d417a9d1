// SPDX-License-Identifier: Apache-2.0
/**
 * What rules do to connections, on the real kernel: option sets against connections, with what
 * becomes of each written down by hand, and the explanation of the same. Start at {@code
 * BehaviourTable}; {@code Scene} is the network.
 */
@NullMarked
package dev.sluice.it.rules.behaviour;

import org.jspecify.annotations.NullMarked;
