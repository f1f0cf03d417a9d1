// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.EOFException;
import java.net.InetSocketAddress;

/**
 * How fast answers come in the first second in which any come. The client itself isn't new then: it
 * has sent the same messages to what was there before, and says so; a line on standard input tells
 * it that this is gone.
 *
 * @param greetingSource from where the first byte is asked for
 * @param greeting whom it is asked for
 * @param source from where messages are sent
 * @param echo whom they are sent to
 */
public record FirstSecond(
    InetSocketAddress greetingSource,
    InetSocketAddress greeting,
    InetSocketAddress source,
    InetSocketAddress echo) {
  /** Printed when whatever is to be measured may begin. */
  public static final String WARM = "load client: warm";

  private static final int WARM_UP_MILLIS = 1_500;
  private static final int SECOND_MILLIS = 1_000;
  private static final int LIMIT_SECONDS = 30;

  /** From the first byte on, {@code perSecond} messages over connections that are made then. */
  Latencies run(int connections, int perSecond) throws Exception {
    new Exchange(source, echo, connections, WARM_UP_MILLIS).atRateAtOnce(perSecond);
    System.out.println(WARM);
    if (System.in.read() < 0) {
      throw new EOFException("nobody said that the proxy is gone");
    }
    FirstByte.await(greetingSource, greeting, LIMIT_SECONDS);
    return new Exchange(source, echo, connections, SECOND_MILLIS).atRateAtOnce(perSecond);
  }
}
