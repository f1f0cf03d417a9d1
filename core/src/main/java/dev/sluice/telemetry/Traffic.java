// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

/**
 * What a connection moved.
 *
 * @param bytesReceived from the downstream
 * @param bytesSent to the downstream
 * @param bytesSpliced how many of both went from socket to socket without being copied here
 * @param durationNanos from accept to the end
 */
public record Traffic(long bytesReceived, long bytesSent, long bytesSpliced, long durationNanos) {}
