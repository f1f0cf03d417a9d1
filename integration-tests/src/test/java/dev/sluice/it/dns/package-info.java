// SPDX-License-Identifier: Apache-2.0
/**
 * DNS taken over by rules and answered by the proxy, on the real kernel and with real clients and a
 * real name server. Start at {@link dev.sluice.it.dns.DnsCaptureIT}. One thread at a time.
 */
@NullMarked
package dev.sluice.it.dns;

import org.jspecify.annotations.NullMarked;
