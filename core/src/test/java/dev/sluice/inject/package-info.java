// SPDX-License-Identifier: Apache-2.0
/** Manifests before and after. */
@NullMarked
package dev.sluice.inject;

import org.jspecify.annotations.NullMarked;
