// SPDX-License-Identifier: Apache-2.0
/**
 * Connects to whoever serves. Start at {@link dev.sluice.upstream.Connector}. Event-loop confined.
 */
@NullMarked
package dev.sluice.upstream;

import org.jspecify.annotations.NullMarked;
