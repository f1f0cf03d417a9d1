// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/**
 * A jump from a built-in chain into the program; built-in chains hold nothing else of ours.
 *
 * @param rule its target is a {@link Target.Call}
 */
public record Entry(Hook hook, Rule rule) {}
