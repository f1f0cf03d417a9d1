// SPDX-License-Identifier: Apache-2.0
/**
 * The native module against the real kernel: what needs root, a namespace of its own, or Netty.
 * Start with {@link dev.sluice.it.linux.OriginalDestinationIT}. Tests run one after the other.
 */
@NullMarked
package dev.sluice.it.linux;

import org.jspecify.annotations.NullMarked;
