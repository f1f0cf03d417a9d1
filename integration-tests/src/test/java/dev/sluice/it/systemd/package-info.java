// SPDX-License-Identifier: Apache-2.0
/**
 * The units below scripts/systemd on a machine of their own: a real systemd as process 1 of new
 * namespaces. Start at {@link dev.sluice.it.systemd.Machine}.
 */
@NullMarked
package dev.sluice.it.systemd;

import org.jspecify.annotations.NullMarked;
