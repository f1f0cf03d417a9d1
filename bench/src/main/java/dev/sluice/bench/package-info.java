// SPDX-License-Identifier: Apache-2.0
/**
 * JMH benchmarks of the product's own classes, each beside what it is measured against. Start at
 * {@link dev.sluice.bench.RelayBenchmark}; run them with {@code scripts/bench --jmh}. {@link
 * dev.sluice.bench.ConnectRatios} compares ways of interception, by {@code scripts/bench
 * --connect}. Confined to the one benchmark thread, except for the echo server and the event loop
 * that they talk to.
 */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
