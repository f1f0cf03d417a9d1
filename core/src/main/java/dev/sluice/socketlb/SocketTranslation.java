// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.net.InetSocketAddress;

/**
 * What the load balancer made of a connect, as it is kept with the socket ({@code struct
 * translation}). Immutable.
 *
 * @param service what was dialled
 * @param serviceId the number of the backend set at that time
 * @param backend what the socket was connected to instead
 * @param backendId its number at that time
 */
public record SocketTranslation(
    InetSocketAddress service, int serviceId, InetSocketAddress backend, int backendId) {}
