// SPDX-License-Identifier: Apache-2.0
/**
 * The only package that imports {@code java.lang.foreign}: downcall handles, struct layouts and
 * off-heap memory. Start at {@link dev.sluice.linux.ffi.CFunction}. Thread-safe: what a call needs
 * in memory belongs to the calling thread. Not exported: callers use the packages above it.
 */
@NullMarked
package dev.sluice.linux.ffi;

import org.jspecify.annotations.NullMarked;
