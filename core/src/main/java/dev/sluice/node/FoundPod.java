// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import java.nio.file.Path;

/**
 * A pod that a search found.
 *
 * @param inode of its network namespace
 * @param way a path that leads into the namespace, as long as it exists
 */
record FoundPod(PodName name, long inode, Path way) {}
