// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.rules.PodAndPeer.Way;
import dev.sluice.rules.Family;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One program takes the place of another again and again while an application that isn't the proxy
 * dials a server all the time. No proxy runs, so the server must see nobody.
 */
@Timeout(180)
final class NoWindowIT {
  private static final int CONNECTIONS_A_SECOND = 500;
  private static final int KEPT_OPEN = 200;

  /** Captures by mangle alone, the table that changes first. */
  private static final RuleProgram ONE = golden("tproxy-both");

  /** Captures by nat and raw. */
  private static final RuleProgram OTHER = golden("dns-servers");

  private final PodAndPeer host;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicLong dialled = new AtomicLong();
  private final FutureTask<Integer> application;

  NoWindowIT() throws Exception {
    host = new PodAndPeer();
    application = new FutureTask<>(() -> host.inPod((Callable<Integer>) this::dial));
  }

  @BeforeEach
  void theServerSeesWhoeverDialsItWithoutRules() throws Exception {
    await().until(() -> host.open().size() == Way.values().length);
    assertThat(seen()).isPositive();
  }

  @AfterEach
  void removeNamespaces() throws Exception {
    ended.set(true);
    application.get();
    host.close();
  }

  @ParameterizedTest
  @CsvSource({"IPTABLES_NFT, 100", "IPTABLES_LEGACY, 30", "NFTABLES, 30"})
  void isThereBetweenTwoPrograms(BackendChoice choice, int changes) throws Exception {
    RuleInstaller installer = new RuleInstaller(choice, host.runner());
    installer.apply(ONE);
    Thread.ofPlatform().daemon().start(application);
    long start = System.nanoTime();

    for (int i = 0; i < changes; i++) {
      installer.apply(i % 2 == 0 ? OTHER : ONE);
      await().pollInterval(Duration.ofMillis(1)).until(() -> fastEnough(start));
    }

    assertThat(seen()).isZero();
    System.out.println(
        "%s: %d connections during %d changes in %d ms"
            .formatted(choice, dialled.get(), changes, (System.nanoTime() - start) / 1_000_000));
  }

  private static RuleProgram golden(String name) {
    return RulePlanner.plan(
        Objects.requireNonNull(GoldenOptions.byName().get(name)),
        List.of(Family.IPV4, Family.IPV6));
  }

  private boolean fastEnough(long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return dialled.get() >= CONNECTIONS_A_SECOND * seconds;
  }

  private int seen() throws IOException {
    int seen = 0;
    for (SocketChannel next = host.server().accept(); next != null; next = host.server().accept()) {
      next.close();
      seen++;
    }
    return seen;
  }

  /** Waits for no answer, since a change may hold it back for a second. */
  private int dial() throws IOException {
    Deque<SocketChannel> sockets = new ArrayDeque<>();
    try {
      while (!ended.get()) {
        for (Way way : List.of(Way.OUT_IPV4, Way.OUT_IPV6)) {
          sockets.add(start(way));
          dialled.incrementAndGet();
        }
        while (sockets.size() > KEPT_OPEN) {
          sockets.removeFirst().close();
        }
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
      return sockets.size();
    } finally {
      for (SocketChannel socket : sockets) {
        socket.close();
      }
    }
  }

  private static SocketChannel start(Way way) throws IOException {
    SocketChannel socket = SocketChannel.open();
    socket.configureBlocking(false);
    try {
      socket.connect(way.destination());
    } catch (ConnectException e) {
      // Captured, and refused at once, since no proxy runs.
    }
    return socket;
  }
}
