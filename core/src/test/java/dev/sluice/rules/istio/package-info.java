// SPDX-License-Identifier: Apache-2.0
/** Tests of {@link dev.sluice.rules.istio}. */
@NullMarked
package dev.sluice.rules.istio;

import org.jspecify.annotations.NullMarked;
