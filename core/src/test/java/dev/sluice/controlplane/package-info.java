// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code dev.sluice.controlplane}. */
@NullMarked
package dev.sluice.controlplane;

import org.jspecify.annotations.NullMarked;
