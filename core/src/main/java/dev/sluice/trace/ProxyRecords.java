// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.net.AddressText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the proxies of a connection write about it. Confined to one thread; blocks. */
final class ProxyRecords implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** A proxy beside a port that nobody listens on had nothing to write about. */
  private static final Duration REFUSED = Duration.ofSeconds(1);

  private final Duration limit;
  private final Clocks clocks;
  private final Set<Holder> holders = new HashSet<>();
  private final Set<Holder> proxies = new HashSet<>();
  private final List<ProxySource> sources = new ArrayList<>();
  private final List<What.Unknown> gaps = new ArrayList<>();

  /** {@code limit} is how long a record is waited for once the connection has ended. */
  ProxyRecords(Duration limit, Clocks clocks) {
    this.limit = limit;
    this.clocks = clocks;
  }

  /** Opens what {@code holder} writes, if it is a proxy; twice is as good as once. */
  void ask(Holder holder) {
    if (!holders.add(holder)) {
      return;
    }
    List<ProxySource> found = ProxySource.of(holder);
    sources.addAll(found);
    boolean isProxy = ProxySource.isThere(holder);
    if (isProxy) {
      proxies.add(holder);
    }
    if (found.isEmpty() && isProxy) {
      gaps.add(
          new What.Unknown(
              "the record of " + holder,
              "what it names as its access log is no regular file inside its own root folder, and"
                  + " it lets nobody read its stream"));
    }
  }

  /** Those of whoever was asked that are proxies. */
  Set<Holder> asked() {
    return Set.copyOf(proxies);
  }

  /** What can't be known; complete after {@link #records}. */
  List<What.Unknown> gaps() {
    return List.copyOf(gaps);
  }

  /** What ends before a proxy has let its reader in is not told to it. */
  void awaitStreams() throws IOException {
    long end = System.nanoTime() + PathSockets.SETTLE_MOST.toNanos();
    for (ProxySource log : sources) {
      if (log instanceof ProxyStream stream) {
        do {
          Tracer.sleep(PAUSE);
        } while (ProxyStream.isAwaited(stream.holder()) && System.nanoTime() - end < 0);
      }
    }
  }

  /** A proxy writes its line when both sides have ended: ours has, so wait a little. */
  List<ProxyRecord> records(Dial dial, List<SeenSocket> sockets) throws IOException {
    Duration patience = dial.errno() == 0 || limit.compareTo(REFUSED) < 0 ? limit : REFUSED;
    long end = System.nanoTime() + patience.toNanos();
    Map<ProxySource, String> unreadable = new LinkedHashMap<>();
    while (true) {
      List<ProxyRecord> records = new ArrayList<>();
      Set<Holder> missing = new HashSet<>();
      sources.forEach(log -> missing.add(log.holder()));
      for (ProxySource log : sources) {
        List<ProxyRecord> found = told(log, dial.calledAtNanos(), unreadable);
        records.addAll(found);
        if (found.stream().anyMatch(record -> isOf(record, dial, sockets))) {
          missing.remove(log.holder());
        }
      }
      if (missing.isEmpty() || System.nanoTime() - end >= 0) {
        missing.forEach(holder -> gaps.add(silent(holder)));
        unreadable.forEach(
            (log, why) -> gaps.add(new What.Unknown("the record of " + log.holder(), why)));
        return records;
      }
      Tracer.sleep(PAUSE);
    }
  }

  /** Nothing from a source that can't be read; the reason is kept, and it isn't asked again. */
  private List<ProxyRecord> told(ProxySource log, long since, Map<ProxySource, String> unreadable) {
    if (unreadable.containsKey(log)) {
      return List.of();
    }
    try {
      return log.since(since, clocks);
    } catch (IOException e) {
      unreadable.put(log, String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  private What.Unknown silent(Holder holder) {
    return new What.Unknown(
        "the record of " + holder,
        "neither its access log, as LOGFMT or JSON, nor its stream had one of this connection "
            + limit.toMillis()
            + " ms after the end; Envoy's text says neither who connected nor what was dialled");
  }

  private static boolean isOf(ProxyRecord record, Dial dial, List<SeenSocket> sockets) {
    return dial.local().filter(record::isFrom).isPresent()
        || sockets.stream()
            .filter(seen -> seen.holder().filter(record.holder()::equals).isPresent())
            .anyMatch(
                seen -> AddressText.of(seen.socket().id().remote()).equals(record.field("source")));
  }

  @Override
  public void close() throws IOException {
    for (ProxySource source : sources) {
      source.close();
    }
  }
}
