// SPDX-License-Identifier: Apache-2.0
/**
 * Adds the sidecar to manifests of workloads. Start reading at {@link dev.sluice.inject.Injector};
 * pure, and confined to one thread.
 */
@NullMarked
package dev.sluice.inject;

import org.jspecify.annotations.NullMarked;
