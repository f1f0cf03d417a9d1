// SPDX-License-Identifier: Apache-2.0
/**
 * Policy rules, routes and addresses through ip(8). Start at {@link
 * dev.sluice.rules.routing.RoutingBackend}, which blocks its caller.
 */
@NullMarked
package dev.sluice.rules.routing;

import org.jspecify.annotations.NullMarked;
