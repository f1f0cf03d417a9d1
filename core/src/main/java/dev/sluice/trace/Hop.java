// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/**
 * One step of a connection's path. Immutable.
 *
 * @param sighting how it is known
 * @param what happened there
 */
public record Hop(Sighting sighting, What what) {}
