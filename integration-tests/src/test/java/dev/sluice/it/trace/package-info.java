// SPDX-License-Identifier: Apache-2.0
/**
 * {@code sluice trace} against what a test arranged: rules, proxies and servers in namespaces of
 * its own. Start at {@link dev.sluice.it.trace.RedirectTraceIT}.
 */
@NullMarked
package dev.sluice.it.trace;

import org.jspecify.annotations.NullMarked;
