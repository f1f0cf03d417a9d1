// SPDX-License-Identifier: Apache-2.0
/**
 * Programs through nft(8), in tables of our own, without iptables. Start at {@link
 * dev.sluice.rules.nftables.NftablesBackend}; {@link dev.sluice.rules.nftables.NftScript} has what
 * is written, {@link dev.sluice.rules.nftables.NftListing} what is read back. Texts are made and
 * read by pure types; the backend blocks its caller.
 */
@NullMarked
package dev.sluice.rules.nftables;

import org.jspecify.annotations.NullMarked;
