// SPDX-License-Identifier: Apache-2.0
/**
 * What every use of the kernel shares: descriptors, errno, capabilities, architecture. Start at
 * {@link dev.sluice.linux.FileDescriptor} and {@link dev.sluice.linux.SyscallException}. Types are
 * immutable unless they say otherwise.
 */
@NullMarked
package dev.sluice.linux;

import org.jspecify.annotations.NullMarked;
