// SPDX-License-Identifier: Apache-2.0
/**
 * The eBPF loader against the running kernel, below a cgroup of its own. Start at {@link
 * dev.sluice.it.bpf.Connect4IT}. Needs root.
 */
@NullMarked
package dev.sluice.it.bpf;

import org.jspecify.annotations.NullMarked;
