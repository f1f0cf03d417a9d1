// SPDX-License-Identifier: Apache-2.0
/**
 * What all tests on the real kernel share: where the checkout is, and the check that a class of
 * tests left nothing behind. Start with {@link dev.sluice.it.LeftoversExtension}. Tests run one
 * after the other: they share one kernel.
 */
@NullMarked
package dev.sluice.it;

import org.jspecify.annotations.NullMarked;
