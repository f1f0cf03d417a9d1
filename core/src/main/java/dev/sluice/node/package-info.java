// SPDX-License-Identifier: Apache-2.0
/**
 * The proxy of a node: chosen pods are served inside their network namespaces, each by a proxy of
 * its own on event loops that all share. Start at {@link dev.sluice.node.NodeProxy}. What enters a
 * namespace runs on threads of its own; event loops enter one only to open a socket.
 */
@NullMarked
package dev.sluice.node;

import org.jspecify.annotations.NullMarked;
