// SPDX-License-Identifier: Apache-2.0
/** Findings and masks, without a kernel. */
@NullMarked
package dev.sluice.doctor;

import org.jspecify.annotations.NullMarked;
