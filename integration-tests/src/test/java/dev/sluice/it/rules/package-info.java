// SPDX-License-Identifier: Apache-2.0
/**
 * Rule programs in throwaway network namespaces on the real kernel. Start at InstallContract. Need
 * root, iptables, nftables and iproute2.
 */
@NullMarked
package dev.sluice.it.rules;

import org.jspecify.annotations.NullMarked;
