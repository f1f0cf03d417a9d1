// SPDX-License-Identifier: Apache-2.0
/** Tests of what the bench concludes from figures, without measuring any. */
@NullMarked
package dev.sluice.bench.peers;

import org.jspecify.annotations.NullMarked;
