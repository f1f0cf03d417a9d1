// SPDX-License-Identifier: Apache-2.0
/** Records of connections, from facts to text. */
@NullMarked
package dev.sluice.observe;

import org.jspecify.annotations.NullMarked;
