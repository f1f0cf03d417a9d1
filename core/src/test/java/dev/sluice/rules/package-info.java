// SPDX-License-Identifier: Apache-2.0
/** Tests of the rule programs and of their backends' text. Start at RulePlannerTest. */
@NullMarked
package dev.sluice.rules;

import org.jspecify.annotations.NullMarked;
