// SPDX-License-Identifier: Apache-2.0
/**
 * What is known of the mesh: services and policies, as immutable values with the names that
 * Kubernetes and Istio give them. Start at {@link dev.sluice.model.MeshSnapshot}. Everything here
 * is immutable and may be used by any thread.
 */
@NullMarked
package dev.sluice.model;

import org.jspecify.annotations.NullMarked;
