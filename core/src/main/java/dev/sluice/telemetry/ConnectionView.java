// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * A connection that is open, at one moment. Immutable.
 *
 * @param upstream absent while it is being connected to
 * @param traffic what was moved so far
 */
public record ConnectionView(
    ConnectionOrigin origin, @Nullable UpstreamLeg upstream, Traffic traffic) {}
