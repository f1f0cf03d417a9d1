// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of the house, checked: which package may import which, and how a source file must look.
 * Start at {@link dev.sluice.architecture.ArchitectureTest}; that each rule can fail is shown by
 * {@link dev.sluice.architecture.ClassRulesTest} on classes that break it.
 */
@NullMarked
package dev.sluice.architecture;

import org.jspecify.annotations.NullMarked;
