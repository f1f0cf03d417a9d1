// SPDX-License-Identifier: Apache-2.0
/** Tests of explanations; the kernel's word on them is in the integration tests. */
@NullMarked
package dev.sluice.rules.explain;

import org.jspecify.annotations.NullMarked;
