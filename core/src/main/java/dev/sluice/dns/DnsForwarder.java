// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.model.IpFamily;
import dev.sluice.net.AddressText;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Where rules lead the questions of a pod to: listens on the loopback addresses, by UDP and TCP,
 * answers for services, and asks the name servers about the rest. Opened and closed by one thread,
 * which must be in the network namespace of the process.
 */
public final class DnsForwarder implements AutoCloseable {
  /** Descriptors that it has open at most. */
  public static final int MOST_DESCRIPTORS =
      NameServers.MOST_WAITING + 2 * (StreamListener.MOST_CONNECTIONS + 2);

  /** For one answer of one name server: less than the 5 s after which clients ask again. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final ExecutorService threads;
  private final Resolution resolution;
  private final List<DatagramListener> datagrams = new ArrayList<>();
  private final List<StreamListener> streams = new ArrayList<>();

  private DnsForwarder(ExecutorService threads, Resolution resolution) {
    this.threads = threads;
    this.resolution = resolution;
  }

  /**
   * What it is to do.
   *
   * @param port of every listener, 1 to 65535
   * @param beside whether another one may listen there, from which this one takes over
   * @param families whose loopback address it listens on
   * @param services that it answers for
   * @param nameServers for all else; with none, all else fails
   */
  public record Settings(
      int port,
      boolean beside,
      Set<IpFamily> families,
      ServiceNames services,
      List<InetSocketAddress> nameServers) {
    /** Copies the collections. */
    public Settings {
      families = Set.copyOf(families);
      nameServers = List.copyOf(nameServers);
    }
  }

  /**
   * Listens and answers.
   *
   * @throws IOException if a port can't be had; nothing is left open
   */
  public static DnsForwarder open(
      Settings settings, DnsCounters counters, RateLimitedLog complaints) throws IOException {
    return open(settings, TIMEOUT, counters, complaints);
  }

  static DnsForwarder open(
      Settings settings, Duration timeout, DnsCounters counters, RateLimitedLog complaints)
      throws IOException {
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("dns-", 0).factory());
    Resolution resolution =
        new Resolution(
            new DnsPlanner(settings.services()),
            new NameServers(settings.nameServers(), timeout, complaints),
            threads,
            counters,
            complaints);
    DnsForwarder forwarder = new DnsForwarder(threads, resolution);
    try {
      for (IpFamily family : settings.families()) {
        forwarder.listen(address(family, settings.port()), settings.beside(), complaints);
      }
    } catch (IOException e) {
      forwarder.close();
      throw e;
    }
    forwarder.datagrams.forEach(listener -> forwarder.threads.execute(listener::run));
    forwarder.streams.forEach(listener -> forwarder.threads.execute(listener::run));
    return forwarder;
  }

  private void listen(InetSocketAddress address, boolean beside, RateLimitedLog complaints)
      throws IOException {
    try {
      if (!beside) {
        DatagramListener.checkFree(address);
      }
      datagrams.add(DatagramListener.open(address, resolution, complaints));
      streams.add(StreamListener.open(address, resolution, threads, complaints));
    } catch (IOException e) {
      throw new IOException(
          "cannot listen for DNS on " + AddressText.of(address) + ": " + e.getMessage(), e);
    }
  }

  private static InetSocketAddress address(IpFamily family, int port) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(
            switch (family) {
              case IPV4 -> "127.0.0.1";
              case IPV6 -> "::1";
            }),
        port);
  }

  /** Answers for {@code services} from the next question on. Thread-safe. */
  public void answerFor(ServiceNames services) {
    resolution.planBy(new DnsPlanner(services));
  }

  /** Stops; questions that wait are not answered. */
  @Override
  public void close() {
    datagrams.forEach(DnsForwarder::close);
    streams.forEach(DnsForwarder::close);
    threads.shutdownNow();
  }

  private static void close(AutoCloseable listener) {
    try {
      listener.close();
    } catch (Exception e) {
      // Closing releases a socket whatever it says, and nothing is left to be done about it.
    }
  }
}
