// SPDX-License-Identifier: Apache-2.0
/**
 * The socket load balancer on the running kernel, below a cgroup of its own and between two network
 * namespaces. Start at {@link dev.sluice.it.socketlb.SocketProgramsIT}. Needs root.
 */
@NullMarked
package dev.sluice.it.socketlb;

import org.jspecify.annotations.NullMarked;
