// SPDX-License-Identifier: Apache-2.0
/**
 * The service IP given back, with proxies that know nothing of it, below load balancers of ours and
 * of others. Start at {@link dev.sluice.it.serviceip.SluiceProxyIT}. Needs root.
 */
@NullMarked
package dev.sluice.it.serviceip;

import org.jspecify.annotations.NullMarked;
