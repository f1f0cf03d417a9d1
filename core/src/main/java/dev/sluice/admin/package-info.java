// SPDX-License-Identifier: Apache-2.0
/**
 * What a running proxy tells its operator, and is told by them, over HTTP: state, metrics,
 * readiness, drain. Start at {@link dev.sluice.admin.AdminServer}. Everything runs on one event
 * loop of its own, so that whoever asks, and however slowly, costs the connections of the proxy
 * nothing; what they do is asked of their own loops, and never waited for.
 */
@NullMarked
package dev.sluice.admin;

import org.jspecify.annotations.NullMarked;
