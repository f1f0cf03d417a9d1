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
 * dials a server all the time. The proxy answers and dials nobody, so the server must see nobody.
 */
@Timeout(180)
final class NoWindowIT {
  private static final int CONNECTIONS_A_SECOND = 500;
  private static final double MOST_A_SECOND = 600;
  private static final int KEPT_OPEN = 200;

  /** Captures by mangle alone, the table that changes first. */
  private static final RuleProgram ONE = golden("tproxy-both");

  /** Captures by nat and raw. */
  private static final RuleProgram OTHER = golden("dns-servers");

  /**
   * Answers, because a connection that nobody answers stays in conntrack as one that nat has
   * nothing to do with, and a later one from the same port would be taken for it.
   */
  private static final String PROXY =
      """
      import socket
      listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
      listener.setsockopt(socket.SOL_IP, 19, 1)  # IP_TRANSPARENT
      listener.setsockopt(socket.IPPROTO_IPV6, 75, 1)  # IPV6_TRANSPARENT
      listener.bind(("::", 15001))
      listener.listen(4096)
      while True:
          listener.accept()[0].close()
      """;

  private final PodAndPeer host;
  private final Process proxy;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicLong dialled = new AtomicLong();
  private final FutureTask<Integer> application;

  NoWindowIT() throws Exception {
    host = new PodAndPeer();
    proxy = host.startInPod("/usr/bin/python3", "-c", PROXY);
    application = new FutureTask<>(() -> host.inPod((Callable<Integer>) this::dial));
  }

  @BeforeEach
  void theServerSeesWhoeverDialsItWithoutRules() throws Exception {
    await().until(() -> host.open().size() == Way.values().length);
    assertThat(seen()).isPositive();
    await().until(() -> host.listensInPod(15001));
    // A packet may be lost on a busy machine, and leave the same behind: no port is used twice.
    host.runInPod("sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535");
  }

  @AfterEach
  void removeNamespaces() throws Exception {
    ended.set(true);
    application.get();
    proxy.destroyForcibly().onExit().join();
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
      long start = System.nanoTime();
      while (!ended.get()) {
        while (dialled.get() > MOST_A_SECOND * (System.nanoTime() - start) / 1e9) {
          LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        for (Way way : List.of(Way.OUT_IPV4, Way.OUT_IPV6)) {
          sockets.add(start(way));
          dialled.incrementAndGet();
        }
        while (sockets.size() > KEPT_OPEN) {
          sockets.removeFirst().close();
        }
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
      // Its packet met the other program on the way back in from lo; it did not leave.
    }
    return socket;
  }
}
