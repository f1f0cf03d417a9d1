// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.listener.ListenException;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.Workers;
import dev.sluice.net.InterceptionMode;
import dev.sluice.workload.WorkloadProxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A running {@code sluice proxy}: the proxy of the namespace that it lives in, with event loops of
 * its own. Started and closed by one thread.
 */
final class ProxyProcess implements AutoCloseable {
  private static final long PROBE_SECONDS = 5;

  private final ProxySettings settings;
  private final Workers workers;
  private final WorkloadProxy proxy;
  private final ConnectionSlots slots;
  private final CountDownLatch closed = new CountDownLatch(1);

  private ProxyProcess(ProxySettings settings, Workers workers, WorkloadProxy proxy) {
    this.settings = settings;
    this.workers = workers;
    this.proxy = proxy;
    this.slots = new ConnectionSlots(settings.limits().connections());
  }

  /**
   * Listens and serves.
   *
   * @throws ListenException if a listener can't be had; nothing is left open
   */
  static ProxyProcess start(
      ProxySettings settings,
      int eventLoops,
      WorkloadProxy.World world,
      WorkloadProxy.Observers observers)
      throws ListenException {
    WorkloadProxy proxy =
        WorkloadProxy.open(settings, WorkloadProxy.Place.here(), observers.complaints());
    Workers workers = Workers.start(eventLoops, line -> observers.complaints().say("pipe", line));
    ProxyProcess process = new ProxyProcess(settings, workers, proxy);
    process.keepFresh();
    proxy.start(
        new WorkloadProxy.Resources(workers, process.slots, new AtomicLong()), world, observers);
    world
        .channel()
        .ifPresent(
            channel -> Heartbeat.start(channel, workers.all().getFirst(), observers.complaints()));
    return process;
  }

  /** The rules may be made after the proxy was started, and change: so it is looked at again. */
  private void keepFresh() {
    if (settings.mode() != InterceptionMode.TPROXY) {
      return;
    }
    proxy.refresh();
    Thread.ofPlatform()
        .daemon()
        .name("sluice-probe")
        .start(
            () -> {
              try {
                while (!closed.await(PROBE_SECONDS, TimeUnit.SECONDS)) {
                  proxy.refresh();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** One line for the start. */
  String description() {
    return "listening, outbound "
        + settings.ports().outbound()
        + ", inbound "
        + settings.ports().inbound()
        + ", "
        + settings.mode()
        + ", "
        + (proxy.families().contains(AddressFamily.INET6) ? "IPv4 and IPv6" : "IPv4 only")
        + ", event loops "
        + workers.all().size()
        + ", up to "
        + settings.limits().connections()
        + " connections";
  }

  /** Resets every open connection that the snapshot of now denies, soon. Thread-safe. */
  void decideAgain() {
    proxy.decideAgain();
  }

  /** Stops accepting, and lets what is open go on for so long, or until {@code hurry} opens. */
  void drain(Duration atMost, CountDownLatch hurry) throws InterruptedException {
    proxy.drain(atMost, hurry);
  }

  /** What was not given back. Once it is closed. */
  Remains remains() {
    return new Remains(
        slots.taken(), proxy.remembered(), workers.buffersTaken(), workers.pipesTaken());
  }

  /** Stops accepting, resets what is open, and returns when all of it is recorded. */
  @Override
  public void close() {
    closed.countDown();
    // Netty's loops forget what they have if they are busy while they are ended.
    proxy.close();
    workers.close();
  }
}
