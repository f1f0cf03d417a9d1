// SPDX-License-Identifier: Apache-2.0
/**
 * Sockets that outlive their backend, on the real kernel. Start with {@link
 * dev.sluice.it.reaper.ReaperIT}. Tests run one after the other.
 */
@NullMarked
package dev.sluice.it.reaper;

import org.jspecify.annotations.NullMarked;
