// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.net.EndpointAddress;

/**
 * One way to reach whoever serves. A plan lists them in order; the next one is tried when this one
 * can't be bound, is refused or is unreachable, never after a timeout.
 *
 * @param endpoint what to dial
 * @param source from where
 * @param note why this isn't the plain way, for the log; empty when it is
 */
public record UpstreamAttempt(EndpointAddress endpoint, UpstreamSource source, String note) {}
