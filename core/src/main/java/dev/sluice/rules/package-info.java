// SPDX-License-Identifier: Apache-2.0
/**
 * Netfilter rules, policy routes and addresses that steer connections to the proxy: first a pure
 * program, then a backend that puts it into the kernel or takes it out. Start at {@link
 * dev.sluice.rules.RulePlanner}, then {@link dev.sluice.rules.install.RuleInstaller}. Values are
 * immutable; backends run programs and block their caller, and act on the network namespace of the
 * process.
 */
@NullMarked
package dev.sluice.rules;

import org.jspecify.annotations.NullMarked;
