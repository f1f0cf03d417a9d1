// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a connection once it has been accepted and learned.
 *
 * @param id counts up from 1 in this process
 * @param direction which listener took it
 * @param mode how it came to that listener
 * @param acceptedAtMicros since the epoch
 * @param client who connected
 * @param originalDestination where the client was going; absent when the kernel doesn't know
 * @param reason why it goes the way it goes
 */
public record ConnectionOrigin(
    long id,
    Direction direction,
    InterceptionMode mode,
    long acceptedAtMicros,
    ClientAddress client,
    @Nullable OriginalDestination originalDestination,
    PathReason reason) {}
