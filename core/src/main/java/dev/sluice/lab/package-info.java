// SPDX-License-Identifier: Apache-2.0
/**
 * The demo: real processes in throwaway network namespaces, and a comparison of what each of them
 * saw with what was promised. Start at {@link dev.sluice.lab.Demo}. Blocks its caller; one run at a
 * time in a process, any number on a machine.
 */
@NullMarked
package dev.sluice.lab;

import org.jspecify.annotations.NullMarked;
