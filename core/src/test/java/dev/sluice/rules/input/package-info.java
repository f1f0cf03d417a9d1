// SPDX-License-Identifier: Apache-2.0
/** Tests of {@link dev.sluice.rules.input}. */
@NullMarked
package dev.sluice.rules.input;

import org.jspecify.annotations.NullMarked;
