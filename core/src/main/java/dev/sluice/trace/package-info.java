// SPDX-License-Identifier: Apache-2.0
/**
 * One connection, made and followed hop by hop from what the kernel and the proxies say, never from
 * what was planned. Start at {@link dev.sluice.trace.Tracer}: it collects a {@link
 * dev.sluice.trace.Material}; {@link dev.sluice.trace.Joiner}, which is pure, makes hops of it.
 * Connections that others make are followed by {@link dev.sluice.trace.ConnectionWatch}, from what
 * {@link dev.sluice.observe.Observer} is told, by {@link dev.sluice.trace.WatchedPath}.
 */
@NullMarked
package dev.sluice.trace;

import org.jspecify.annotations.NullMarked;
