// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.sluice.rules.iptables;

import org.jspecify.annotations.NullMarked;
