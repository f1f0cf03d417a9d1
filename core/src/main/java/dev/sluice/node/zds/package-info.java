// SPDX-License-Identifier: Apache-2.0
/**
 * The protocol by which Istio's CNI agent hands pods over to a node's proxy (ZDS): the proxy
 * connects, greets, and answers each message with one. Start at {@link
 * dev.sluice.node.zds.AgentFollower}. From the published protocol, pkg/zdsapi/zds.proto of
 * istio/istio. Reading and writing messages is pure.
 */
@NullMarked
package dev.sluice.node.zds;

import org.jspecify.annotations.NullMarked;
