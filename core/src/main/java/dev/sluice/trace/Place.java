// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/**
 * A network namespace. Immutable.
 *
 * @param name for people: of its mount, or a process that lives in it
 * @param inode its number, which tells it from others
 */
public record Place(String name, long inode) {}
