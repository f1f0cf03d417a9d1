// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.sluice.rules.nftables;

import org.jspecify.annotations.NullMarked;
