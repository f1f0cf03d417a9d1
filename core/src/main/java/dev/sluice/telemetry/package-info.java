// SPDX-License-Identifier: Apache-2.0
/**
 * What happened, told once: the access log, the counters, the log of repeated errors. Start at
 * {@link dev.sluice.telemetry.ConnectionRecorder}. Thread-safe; nothing here makes an event loop
 * wait.
 */
@NullMarked
package dev.sluice.telemetry;

import org.jspecify.annotations.NullMarked;
