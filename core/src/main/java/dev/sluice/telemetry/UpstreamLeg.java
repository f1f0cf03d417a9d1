// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.EndpointAddress;
import dev.sluice.net.LocalAddress;
import org.jspecify.annotations.Nullable;

/**
 * Our connection to whoever serves.
 *
 * @param endpoint what was dialled
 * @param source our own end, which is what the server sees as its peer; absent when no socket got
 *     that far
 */
public record UpstreamLeg(EndpointAddress endpoint, @Nullable LocalAddress source) {}
