// SPDX-License-Identifier: Apache-2.0
/** {@code sluice node} on the real kernel: a node's namespace, and pods around it. */
@NullMarked
package dev.sluice.it.node;

import org.jspecify.annotations.NullMarked;
