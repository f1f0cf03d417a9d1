// SPDX-License-Identifier: Apache-2.0
/**
 * Interception by sockets alone, on the real kernel. Start at {@link
 * dev.sluice.it.capture.CaptureIT}. One thread at a time.
 */
@NullMarked
package dev.sluice.it.capture;

import org.jspecify.annotations.NullMarked;
