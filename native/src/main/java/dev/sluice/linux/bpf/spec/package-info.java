// SPDX-License-Identifier: Apache-2.0
/**
 * Compiled eBPF objects as blueprints: ELF and BTF become programs, maps and variables. Pure: needs
 * no kernel, reads hostile input within bounds, and ends in a result or a {@link
 * dev.sluice.linux.bpf.spec.SpecException}. Start at {@link
 * dev.sluice.linux.bpf.spec.CollectionSpec}. Records are immutable; a collection with its variables
 * belongs to one thread.
 */
@NullMarked
package dev.sluice.linux.bpf.spec;

import org.jspecify.annotations.NullMarked;
