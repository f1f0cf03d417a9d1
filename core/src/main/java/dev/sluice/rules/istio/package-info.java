// SPDX-License-Identifier: Apache-2.0
/**
 * What istio-iptables would print for the same options: with Istio's names, in its order, with its
 * mistakes, and nothing of ours. Start at {@link dev.sluice.rules.istio.IstioProgram}. Pure, but
 * for looking up what the kernel's programs look up. Measured on istio/istio of August 2026.
 */
@NullMarked
package dev.sluice.rules.istio;

import org.jspecify.annotations.NullMarked;
