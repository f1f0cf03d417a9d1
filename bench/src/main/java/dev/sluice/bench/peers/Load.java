// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

/** What is done to each variant in every round, in this order. */
enum Load {
  /** iperf3, one stream towards the server. */
  STREAM("one stream"),
  /** The same from the server towards the client. */
  STREAM_BACK("one stream back"),
  /** One connection, with client, proxy and server on one processor. */
  PING_1("ping-pong, 1 connection"),
  /** The same with sixteen. */
  PING_16("ping-pong, 16 connections"),
  /** wrk, 32 connections that stay. */
  REQUESTS("requests"),
  /** Messages at a constant rate, on 32 connections. */
  RATE("messages at a constant rate"),
  /** wrk, 32 at a time, each connection for one request. */
  CONNECTIONS("connections"),
  /** No load: what the proxy holds after the ones before. */
  MEMORY("memory");

  private final String title;

  Load(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
