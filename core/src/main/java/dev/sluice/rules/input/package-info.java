// SPDX-License-Identifier: Apache-2.0
/**
 * Options as they were typed, read into {@link dev.sluice.rules.RuleOptions}; everything that is
 * wrong with them is reported together. Start at {@link dev.sluice.rules.input.OptionReader}. Pure,
 * but for the names of users, groups and services, which come from files.
 */
@NullMarked
package dev.sluice.rules.input;

import org.jspecify.annotations.NullMarked;
