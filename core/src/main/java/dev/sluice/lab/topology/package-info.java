// SPDX-License-Identifier: Apache-2.0
/**
 * The demo's little world: three network namespaces with addresses and routes between them, named
 * by the process that made them, and the removal of what dead runs left. Start at {@link
 * dev.sluice.lab.topology.Topology}. Everything here blocks; platform-thread confined unless said
 * otherwise.
 */
@NullMarked
package dev.sluice.lab.topology;

import org.jspecify.annotations.NullMarked;
