// SPDX-License-Identifier: Apache-2.0
/**
 * Netlink: the sockets of a network namespace, listed and ended; packets followed through
 * netfilter. Start at {@link dev.sluice.linux.netlink.SocketDiagnostics}. Blocking, so on no event
 * loop; an open one is confined to one thread at a time.
 */
@NullMarked
package dev.sluice.linux.netlink;

import org.jspecify.annotations.NullMarked;
