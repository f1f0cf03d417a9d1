// SPDX-License-Identifier: Apache-2.0
/**
 * A real {@code sluice proxy} under rules of its own, between clients and servers that misbehave.
 * Start at {@link dev.sluice.it.proxy.RelayContract}. Clients and servers are sockets of the test's
 * own threads inside namespaces; tests run one after the other.
 */
@NullMarked
package dev.sluice.it.proxy;

import org.jspecify.annotations.NullMarked;
