// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code dev.sluice.policy}. */
@NullMarked
package dev.sluice.policy;

import org.jspecify.annotations.NullMarked;
