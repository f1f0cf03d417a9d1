// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import java.net.InetSocketAddress;

/**
 * The head of a TCP or UDP packet as netfilter saw it at one place. Immutable.
 *
 * @param source address and port
 * @param destination address and port
 * @param protocol the number of IP: 6 for TCP, 17 for UDP
 * @param sequence of TCP, unsigned 32 bits, which no translation of addresses changes; of UDP the
 *     first four bytes of what it carries, which none changes either, 0 for less
 * @param flags of TCP, the lowest eight; 0 for UDP
 */
public record TracedPacket(
    InetSocketAddress source,
    InetSocketAddress destination,
    int protocol,
    long sequence,
    int flags) {}
