// SPDX-License-Identifier: Apache-2.0
/**
 * Allows or denies a connection, as one pure function of who connects, where to, and what is known
 * of the mesh. Start at {@link dev.sluice.policy.ServicePolicy}. Thread-safe: no state.
 */
@NullMarked
package dev.sluice.policy;

import org.jspecify.annotations.NullMarked;
