// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where a proxy tells of its connections. Confined to one thread; to be closed. */
sealed interface ProxySource extends AutoCloseable permits ProxyLog, ProxyStream {

  /**
   * All of that process: its file, which has the time to the microsecond if it is LOGFMT, and its
   * stream, which is there without a file, too.
   */
  static List<ProxySource> of(Holder holder) {
    List<ProxySource> sources = new ArrayList<>();
    ProxyLog.of(holder).ifPresent(sources::add);
    ProxyStream.of(holder).ifPresent(sources::add);
    return sources;
  }

  /** True if the process looks like a proxy that tells of its connections. */
  static boolean isThere(Holder holder) {
    return ProxyLog.target(holder).isPresent() || ProxyStream.bound(holder).isPresent();
  }

  /** The proxy. */
  Holder holder();

  /**
   * What it told of connections that were accepted at {@code sinceNanos} or later.
   *
   * @param clocks for their times
   */
  List<ProxyRecord> since(long sinceNanos, Clocks clocks) throws IOException;

  @Override
  void close() throws IOException;
}
