// SPDX-License-Identifier: Apache-2.0
/**
 * Where snapshots of the mesh come from: today files with Kubernetes objects. Start at {@link
 * dev.sluice.controlplane.KubernetesFiles}; {@link dev.sluice.controlplane.FileWatch} tells when to
 * read again. Everything is read before the proxy listens, on one thread; whatever isn't understood
 * is refused, because a policy that is half read is open.
 */
@NullMarked
package dev.sluice.controlplane;

import org.jspecify.annotations.NullMarked;
