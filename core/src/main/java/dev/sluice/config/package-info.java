// SPDX-License-Identifier: Apache-2.0
/** Typed settings of the process. Start at {@link dev.sluice.config.ProxySettings}. Immutable. */
@NullMarked
package dev.sluice.config;

import org.jspecify.annotations.NullMarked;
