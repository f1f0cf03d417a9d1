// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/** Which rule, on this machine. Immutable. */
record RuleKey(long place, String family, String table, String chain, long handle) {}
