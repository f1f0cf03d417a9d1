// SPDX-License-Identifier: Apache-2.0
/**
 * {@code sluice observe} against what clients of a test's own did: their list of connections is
 * what the records are compared with. Start at {@link dev.sluice.it.observe.SocketFlowsIT}.
 */
@NullMarked
package dev.sluice.it.observe;

import org.jspecify.annotations.NullMarked;
