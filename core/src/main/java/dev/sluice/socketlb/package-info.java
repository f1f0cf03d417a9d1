// SPDX-License-Identifier: Apache-2.0
/**
 * Services to eBPF maps, and the programs that read them to links: socket-level load balancing, the
 * service IP given back, interception by sockets. Start at {@link dev.sluice.socketlb.TableImage}
 * for what the programs see, at {@link dev.sluice.socketlb.LoadBalancer} for what is done to the
 * kernel. Immutable values, and classes that block and belong on no event loop.
 */
@NullMarked
package dev.sluice.socketlb;

import org.jspecify.annotations.NullMarked;
