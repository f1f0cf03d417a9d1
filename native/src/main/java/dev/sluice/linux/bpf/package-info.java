// SPDX-License-Identifier: Apache-2.0
/**
 * Kernel objects of eBPF: maps and programs made from a {@link
 * dev.sluice.linux.bpf.spec.CollectionSpec}, links that attach them, pins that keep them, and
 * probes that ask what the kernel can do. Start at {@link dev.sluice.linux.bpf.BpfCollection}.
 * Objects own a descriptor and are closed by whoever opened them; they may be used from any thread,
 * unless they say otherwise. Calls may block: never on an event loop.
 */
@NullMarked
package dev.sluice.linux.bpf;

import org.jspecify.annotations.NullMarked;
