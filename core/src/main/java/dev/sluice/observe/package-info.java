// SPDX-License-Identifier: Apache-2.0
/**
 * One record for each connection, joined from what the kernel's sockets and the proxies say. Start
 * at {@link dev.sluice.observe.Observer}: it reads a {@link dev.sluice.observe.SocketWatch} and the
 * {@link dev.sluice.observe.ProxyStreams}; {@link dev.sluice.observe.FlowJoiner}, which is pure,
 * makes the records. All of it is confined to one thread.
 */
@NullMarked
package dev.sluice.observe;

import org.jspecify.annotations.NullMarked;
