// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SIGKILL for either process between two messages of the handover, by strace(1) at the entry of the
 * call that sends the next one: whoever is left serves, both families, and bytes that are under
 * way.
 */
final class KilledHandoverIT {
  /** More than one message with descriptors, two a connection. */
  private static final int CONNECTIONS = 150;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
  private final Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
  private final Map<Family, ServerSocketChannel> servers = new EnumMap<>(Family.class);
  private final List<Pair> pairs = new ArrayList<>();

  /** Pairs with so much under way that every buffer and pipe between them is full. */
  private final Map<Pair, Stream> underWay = new HashMap<>();

  KilledHandoverIT() throws Exception {
    for (Family family : Family.values()) {
      servers.put(family, mesh.listen(Party.SERVER, family));
    }
  }

  @AfterEach
  void close() throws Exception {
    for (Pair pair : pairs) {
      pair.close();
    }
    for (ServerSocketChannel server : servers.values()) {
      server.close();
    }
    mesh.close();
  }

  /** 1 is its greeting, and 2 what says that it has taken over. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void leavesTheOldOneInChargeWhenTheNewOneDies(int message) throws Exception {
    ProxyUnderTest old = restarts.first();
    connect(CONNECTIONS);
    LabProcess killed = beside(killedAtMessage(message));
    assertThat(killed.awaitEnd(Duration.ofSeconds(30))).isNotZero();
    assertServed(pairs);
    pairs.forEach(KilledHandoverIT::hangUp);
    assertThat(old.stop()).containsEntry("closed", Integer.toString(CONNECTIONS + 2));
  }

  /**
   * 1 is the image and 2 the first descriptors: before these are under way the new one has nothing,
   * and begins by itself. At 3 it has the listeners and a part of the connections.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void hasTheNewOneServeWhenTheOldOneDies(int message) throws Exception {
    ProxyUnderTest old = restarts.start(killedAtMessage(message));
    connect(CONNECTIONS);
    ProxyUnderTest next = restarts.next();
    assertThat(old.awaitEnd()).isNotZero();
    int kept = took(next);
    assertThat(kept).isBetween(message < 3 ? 0 : 100, message < 3 ? 0 : 130);
    List<Pair> alive = new ArrayList<>();
    for (Pair pair : pairs) {
      if (isAlive(pair)) {
        alive.add(pair);
      }
    }
    assertThat(alive).hasSize(kept);
    assertServed(alive);
    alive.forEach(KilledHandoverIT::hangUp);
    assertThat(next.stop()).containsEntry("closed", Integer.toString(kept + 2));
  }

  /** The new one has everything and is held up before it says so. */
  @Test
  void hasTheNewOneServeEverythingWhenTheOldOneDiesAtTheLastMoment() throws Exception {
    ProxyUnderTest old = restarts.first();
    connect(CONNECTIONS);
    LabProcess next = beside(traced("delay_enter=2s:when=2"));
    await()
        .pollInterval(Duration.ofMillis(10))
        .ignoreException(NoSuchFileException.class) // before it is there
        .until(() -> descriptorsOf(child(next.pid())) > 2 * CONNECTIONS);
    old.signal("KILL");
    next.awaitLine("sluice proxy: listening", Duration.ofSeconds(20));
    assertThat(next.lines().getLast()).endsWith("took over " + CONNECTIONS);
    assertServed(pairs);
    // strace itself ends with what it traces.
    Command.of("kill", "-TERM", child(next.pid())).runOrThrow();
    pairs.forEach(KilledHandoverIT::hangUp);
    assertThat(next.awaitEnd(Duration.ofSeconds(30))).isZero();
  }

  /** The process that strace runs. */
  private static String child(long parent) throws IOException {
    return Files.readString(Path.of("/proc/" + parent + "/task/" + parent + "/children")).strip();
  }

  private static int descriptorsOf(String process) throws IOException {
    try (var folder = Files.list(Path.of("/proc/" + process + "/fd"))) {
      return (int) folder.count();
    }
  }

  /** Every other one by IPv4; the first of each family with bytes under way. */
  private void connect(int count) throws Exception {
    Family[] families = Family.values();
    for (int i = 0; i < count; i++) {
      pairs.add(connect(families[i % families.length]));
    }
    for (Pair pair : pairs.subList(0, families.length)) {
      underWay.put(pair, Stream.fill(pair.client()));
    }
  }

  private Pair connect(Family family) throws Exception {
    ServerSocketChannel server = Objects.requireNonNull(servers.get(family));
    InetSocketAddress address = Mesh.address(Party.SERVER, family, server.socket().getLocalPort());
    return Pair.of(mesh.connect(Party.CLIENT, address), server);
  }

  private void assertServed(List<Pair> old) throws Exception {
    for (Pair pair : old) {
      assertThat(isAlive(pair)).isTrue();
      pair.exchange(100, 100);
    }
    for (Family family : Family.values()) {
      try (Pair fresh = connect(family)) {
        fresh.exchange(100, 100);
      }
    }
  }

  /** Whether it carries bytes; all that were under way have come whole then. */
  private boolean isAlive(Pair pair) {
    Stream sent = underWay.remove(pair);
    try {
      if (sent != null) {
        Stream came = Stream.receive(pair.server(), sent.bytes());
        if (came.bytes() < sent.bytes()) {
          return false;
        }
        assertThat(came).isEqualTo(sent);
      }
      pair.exchange(1, 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int took(ProxyUnderTest proxy) {
    String line = proxy.said().getLast();
    int at = line.indexOf("took over ");
    return at < 0 ? 0 : Integer.parseInt(line.substring(at + "took over ".length()));
  }

  private LabProcess beside(List<String> prefix) throws Exception {
    List<String> words = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" 2>&1", "proxy"));
    words.addAll(restarts.command(prefix, "--hot-restart"));
    return mesh.start(Party.CLIENT, restarts.rights(), words);
  }

  private static List<String> killedAtMessage(int number) {
    return traced("signal=KILL:when=" + number);
  }

  private static List<String> traced(String injection) {
    return List.of(
        "strace",
        "--follow-forks",
        "--output=/dev/null",
        "--trace=sendmsg",
        "--inject=sendmsg:" + injection);
  }

  private static void hangUp(Pair pair) {
    try {
      pair.hangUp();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
