// SPDX-License-Identifier: Apache-2.0
/**
 * Network namespaces, held open and entered. Start at {@link
 * dev.sluice.linux.netns.NamespaceThread}: platform-thread confined, since a namespace belongs to
 * an operating system thread.
 */
@NullMarked
package dev.sluice.linux.netns;

import org.jspecify.annotations.NullMarked;
