// SPDX-License-Identifier: Apache-2.0
/**
 * The processes of the demo: servers, clients, the proxy and the rule command, each started in the
 * namespace of its party, and what they and the kernel say. Start at {@link
 * dev.sluice.lab.party.Spawner}. Calls block; types are thread-safe where they say so.
 */
@NullMarked
package dev.sluice.lab.party;

import org.jspecify.annotations.NullMarked;
