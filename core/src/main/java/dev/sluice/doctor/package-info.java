// SPDX-License-Identifier: Apache-2.0
/**
 * What is wrong with a host, a network namespace and a cgroup path, and the command that puts it
 * right. Facts are gathered once ({@link dev.sluice.doctor.Facts}); findings follow from them alone
 * ({@link dev.sluice.doctor.Findings}). Start at {@link dev.sluice.doctor.Facts#gather}. Callers
 * block, on platform threads; nothing is changed, and nothing is left behind.
 */
@NullMarked
package dev.sluice.doctor;

import org.jspecify.annotations.NullMarked;
