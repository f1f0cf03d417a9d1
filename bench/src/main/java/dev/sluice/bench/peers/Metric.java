// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

/** What is measured in every round. The order is that of the tables. */
enum Metric {
  STREAM("Gbit/s", "one stream, iperf3", true),
  STREAM_CPU(
      "CPU-s/GB", "processor time of client, proxy, server and kernel for a GB of it", false),
  STREAM_BACK("Gbit/s back", "one stream from the server, iperf3", true),
  STREAM_BACK_CPU("CPU-s/GB back", "processor time for a GB of it", false),
  RTT_1("RTT us", "ping-pong of 128 bytes, everything on one processor", false),
  RTT_16("RTT16 us", "the same with 16 connections", false),
  REQUESTS("req/s", "HTTP requests over 32 connections that stay, wrk", true),
  REQUEST_CPU("us/req", "processor time for each of them", false),
  RATE_P50("p50 us", "messages at 4,000/s over 32 connections, from when each was due", false),
  RATE_P99("p99 us", "the same", false),
  RATE_P999("p99.9 us", "the same", false),
  CONNECTIONS("conn/s", "connect, request, close; 32 at a time, wrk", true),
  CONNECTION_CPU("us/conn", "processor time for each of them", false),
  RSS("RSS MiB", "of the proxy after that", false),
  PSS("PSS MiB", "the same, pages shared with others counted by parts", false);

  private final String title;
  private final String meaning;
  private final boolean moreIsBetter;

  Metric(String title, String meaning, boolean moreIsBetter) {
    this.title = title;
    this.meaning = meaning;
    this.moreIsBetter = moreIsBetter;
  }

  /** For the head of a column, with the unit. */
  String title() {
    return title;
  }

  /** For the legend. */
  String meaning() {
    return meaning;
  }

  boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** Whether there is a direct connection to compare with: that has no proxy with a memory. */
  boolean hasDirect() {
    return this != RSS && this != PSS;
  }
}
