// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import java.nio.file.Path;

/**
 * A pod that a search found.
 *
 * @param inode of its network namespace
 * @param way a path that leads into the namespace, as long as it exists
 * @param doubt for people: why the namespace may be another one; empty if it can't
 */
record FoundPod(PodName name, long inode, Path way, String doubt) {}
