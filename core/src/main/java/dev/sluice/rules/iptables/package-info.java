// SPDX-License-Identifier: Apache-2.0
/**
 * Programs through iptables-save(8) and iptables-restore(8), in the nft and in the legacy variant.
 * Start at {@link dev.sluice.rules.iptables.IptablesBackend}. Texts are made and read by pure
 * types; the backend blocks its caller.
 */
@NullMarked
package dev.sluice.rules.iptables;

import org.jspecify.annotations.NullMarked;
