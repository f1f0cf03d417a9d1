// SPDX-License-Identifier: Apache-2.0
/**
 * Puts a program into the kernel, compares it with what is there, and takes it out. Start at {@link
 * dev.sluice.rules.install.RuleInstaller}. Blocks its caller; acts where its command runner does.
 */
@NullMarked
package dev.sluice.rules.install;

import org.jspecify.annotations.NullMarked;
