// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.netlink.PacketTrace;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netlink.TraceMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The netfilter of one namespace, traced until this is closed. A thread of its own reads, so that
 * messages get the time at which they came. Thread-safe.
 */
final class PacketWatch implements AutoCloseable {
  /** How soon the thread notices that it is to end. */
  private static final int PAUSE_MILLIS = 20;

  /** On a busy host the first packets of all connections come; more than this is not kept. */
  private static final int MOST_MESSAGES = 200_000;

  private final Place place;
  private final PacketTrace trace;
  private final Thread reader;
  private final List<PacketTrace.Arrival> arrivals = new ArrayList<>();
  private volatile boolean ending;
  private @Nullable IOException failure;
  private boolean full;

  private PacketWatch(Place place, PacketTrace trace) {
    this.place = place;
    this.trace = trace;
    this.reader = Thread.ofPlatform().daemon().name("sluice-trace").unstarted(this::run);
  }

  /** Begins. */
  static PacketWatch begin(OpenedPlace place, SocketProtocol protocol) throws IOException {
    PacketTrace trace;
    try {
      trace = place.call(() -> PacketTrace.open(protocol));
    } catch (SyscallException e) {
      throw new IOException(
          "tracing packets in "
              + place.place().name()
              + ": "
              + e.getMessage()
              + "; expected Linux 5.12 or later with nftables",
          e);
    }
    PacketWatch watch = new PacketWatch(place.place(), trace);
    // The first look costs milliseconds that would be added to the first packet's time.
    trace.read(0);
    watch.reader.start();
    return watch;
  }

  /** What was seen so far. */
  synchronized List<SeenPacket> seen() throws IOException {
    List<SeenPacket> seen = new ArrayList<>();
    for (PacketTrace.Arrival arrival : arrivals) {
      for (TraceMessage message : arrival.decode()) {
        seen.add(new SeenPacket(place, message));
      }
    }
    return seen;
  }

  /** What is missing, if something is; complete once this is closed. */
  synchronized List<What.Unknown> gaps() {
    List<What.Unknown> gaps = new ArrayList<>();
    String subject = "netfilter of " + place.name();
    if (failure != null) {
      gaps.add(new What.Unknown(subject, "reading its trace: " + failure.getMessage()));
    }
    if (trace.lost() > 0 || full) {
      gaps.add(
          new What.Unknown(
              subject, "more packets came than could be read: some messages are missing"));
    }
    return gaps;
  }

  /** Ends: the table is gone when this returns. */
  @Override
  public void close() throws IOException {
    ending = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    trace.close();
  }

  private void run() {
    try {
      while (!ending) {
        keep(trace.read(PAUSE_MILLIS));
      }
      keep(trace.read(0));
    } catch (IOException e) {
      synchronized (this) {
        failure = e;
      }
    }
  }

  private synchronized void keep(List<PacketTrace.Arrival> more) {
    if (arrivals.size() + more.size() > MOST_MESSAGES) {
      full = true;
      return;
    }
    arrivals.addAll(more);
  }
}
