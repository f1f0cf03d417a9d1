// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code dev.sluice.model}. */
@NullMarked
package dev.sluice.model;

import org.jspecify.annotations.NullMarked;
