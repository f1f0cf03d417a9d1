// SPDX-License-Identifier: Apache-2.0
/** The server as a client sees it. */
@NullMarked
package dev.sluice.admin;

import org.jspecify.annotations.NullMarked;
