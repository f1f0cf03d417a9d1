// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

/**
 * A process that has a socket open. Immutable.
 *
 * @param pid as this process numbers it
 * @param descriptor the number there
 * @param command what {@code ps} calls it, up to 15 characters; empty if it has ended since
 */
public record SocketHolder(long pid, int descriptor, String command) {}
