// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What becomes of new connections that netfilter steers to a proxy which is killed, and to one
 * which is stopped, by every kind of rules, in both families. How long it takes is printed, not
 * judged. {@code ProxyDeathIT} has the same for capture by sockets.
 */
@Timeout(120)
final class NetfilterDeathIT {
  private static final int PATIENCE_MILLIS = 500;
  private static final long LIMIT_NANOS = 20_000_000_000L;

  /** It has to stay so. */
  private static final int FURTHER_ATTEMPTS = 3;

  /** How one attempt to talk to the application went. */
  enum Outcome {
    /** It answered. */
    ANSWERED,
    /** The connection was refused, or reset. */
    REFUSED,
    /** The kernel accepted it for a proxy that does nothing with it. */
    UNANSWERED,
    /** No answer to its first packets. */
    LOST
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT_INBOUND, iptables, closed, KILL, REFUSED",
    "REDIRECT_INBOUND, iptables, closed, STOP, UNANSWERED",
    "REDIRECT_INBOUND, nft, closed, KILL, REFUSED",
    "REDIRECT_OUTBOUND, iptables, closed, KILL, REFUSED",
    "REDIRECT_OUTBOUND, iptables, closed, STOP, UNANSWERED",
    "TPROXY_POD, iptables, closed, KILL, LOST",
    "TPROXY_POD, iptables, closed, STOP, UNANSWERED",
    "TPROXY_POD, nft, closed, KILL, LOST",
    "TPROXY_POD, nft, closed, STOP, UNANSWERED",
    "TPROXY_POD, nft, open, KILL, ANSWERED",
    "TPROXY_POD, nft, open, STOP, UNANSWERED",
    "TPROXY_GATEWAY, nft, closed, KILL, LOST",
    "TPROXY_GATEWAY, nft, open, KILL, ANSWERED"
  })
  void isDecidedByTheRules(Route route, String rules, String mode, String signal, Outcome outcome)
      throws Exception {
    Steering steering =
        new Steering(route.toString(), route.place(), route.mode(), List.of(), rules, mode);
    strike(steering, signal, outcome);
  }

  /** Where connections leave, {@code open} promises nothing: it is for those that arrive. */
  @ParameterizedTest
  @CsvSource({
    "iptables, closed, KILL, LOST",
    "iptables, closed, STOP, UNANSWERED",
    "nft, closed, KILL, LOST",
    "nft, closed, STOP, UNANSWERED",
    "nft, open, KILL, LOST"
  })
  void isDecidedByTheRulesOfOutboundTproxy(
      String rules, String mode, String signal, Outcome outcome) throws Exception {
    strike(leaving(InterceptionMode.TPROXY, rules, mode), signal, outcome);
  }

  @ParameterizedTest
  @CsvSource({"TPROXY, iptables, TPROXY by iptables", "REDIRECT, nft, REDIRECT"})
  void isNotLeftOpenByOutboundTproxyAlone(InterceptionMode mode, String rules, String said)
      throws Exception {
    try (Mesh mesh = Mesh.build()) {
      List<String> words = new ArrayList<>(List.of(mesh.launcher(), "init", "-m", mode.name()));
      words.addAll(leaving(mode, rules, "open").rules());
      String before = mesh.in(Party.CLIENT, "nft", "list", "ruleset");
      CommandResult refused = mesh.attempt(Party.CLIENT, words.toArray(String[]::new));
      assertThat(refused.succeeded()).isFalse();
      assertThat(refused.errors().lines())
          .singleElement()
          .asString()
          .startsWith("sluice init: --inbound-on-proxy-death open with " + said + "; expected");
      assertThat(mesh.in(Party.CLIENT, "nft", "list", "ruleset")).isEqualTo(before);
    }
  }

  private static Steering leaving(InterceptionMode mode, String rules, String death) {
    List<String> both = List.of("--outbound-interception-mode", "TPROXY");
    return new Steering("TPROXY_OUTBOUND", Party.CLIENT, mode, both, rules, death);
  }

  /**
   * How connections get to the proxy.
   *
   * @param both further options, of the rules and of the proxy
   * @param backend {@code iptables} or {@code nft}
   * @param death {@code open} or {@code closed}
   */
  private record Steering(
      String name,
      Party place,
      InterceptionMode mode,
      List<String> both,
      String backend,
      String death) {
    List<String> rules(String... further) {
      List<String> words = new ArrayList<>(both);
      words.add("--native-nftables=" + backend.equals("nft"));
      words.addAll(List.of("--inbound-on-proxy-death", death));
      words.addAll(List.of(further));
      return words;
    }

    void apply(Mesh mesh, String... further) throws IOException {
      mesh.rules(place, mode, rules(further).toArray(String[]::new));
    }

    ProxyUnderTest proxy(Mesh mesh) throws IOException {
      return ProxyUnderTest.start(mesh, place, mode, both.toArray(String[]::new));
    }
  }

  private static void strike(Steering steering, String signal, Outcome outcome) throws Exception {
    try (Mesh mesh = Mesh.build();
        ServerSocketChannel v4 = mesh.listen(Party.SERVER, Family.IPV4);
        ServerSocketChannel v6 = mesh.listen(Party.SERVER, Family.IPV6);
        Talkers servers = new Talkers()) {
      steering.apply(mesh);
      List<InetSocketAddress> addresses = new ArrayList<>();
      for (Family family : Family.values()) {
        ServerSocketChannel server = family == Family.IPV4 ? v4 : v6;
        var _ = servers.start(() -> echoAll(server, servers));
        addresses.add(Mesh.address(Party.SERVER, family, server.socket().getLocalPort()));
      }
      ProxyUnderTest proxy = steering.proxy(mesh);
      awaitOutcome(mesh, addresses, Outcome.ANSWERED, System.nanoTime());
      proxy.awaitOutcomes("closed", 2);

      long struck = System.nanoTime();
      proxy.signal(signal);
      List<Long> after = awaitOutcome(mesh, addresses, outcome, struck);
      System.out.printf(
          "%s, %s, fail %s, SIG%s: %s after ms: IPv4 %d IPv6 %d%n",
          steering.name(),
          steering.backend(),
          steering.death(),
          signal,
          outcome,
          after.get(0),
          after.get(1));
      for (InetSocketAddress address : addresses) {
        for (int i = 0; i < FURTHER_ATTEMPTS; i++) {
          assertThat(attempt(mesh, address)).isEqualTo(outcome);
        }
      }

      revive(mesh, steering, proxy, signal, addresses);
      steering.apply(mesh, "--verify");
    }
  }

  /** The next one serves; what began without a proxy goes on without one. */
  private static void revive(
      Mesh mesh,
      Steering steering,
      ProxyUnderTest dead,
      String signal,
      List<InetSocketAddress> addresses)
      throws Exception {
    List<SocketChannel> begun = new ArrayList<>();
    for (InetSocketAddress address : addresses) {
      SocketChannel channel = mesh.socket(Party.CLIENT, address);
      if (connect(channel, address) == Outcome.ANSWERED) {
        begun.add(channel);
      } else {
        channel.close();
      }
    }
    ProxyUnderTest proxy = dead;
    if (signal.equals("STOP")) {
      dead.signal("CONT");
    } else {
      proxy = steering.proxy(mesh);
    }
    long revived = System.nanoTime();
    List<Long> after = awaitOutcome(mesh, addresses, Outcome.ANSWERED, revived);
    System.out.printf("  served again after ms: IPv4 %d IPv6 %d%n", after.get(0), after.get(1));
    proxy.awaitOutcomes("closed", 2);
    for (SocketChannel channel : begun) {
      assertThat(exchange(channel)).isEqualTo(Outcome.ANSWERED);
      channel.close();
    }
    proxy.stop();
  }

  /**
   * Milliseconds after {@code since} at which the first attempts were begun that went like that.
   */
  private static List<Long> awaitOutcome(
      Mesh mesh, List<InetSocketAddress> addresses, Outcome outcome, long since) throws Exception {
    try (Talkers clients = new Talkers()) {
      List<Future<Long>> all = new ArrayList<>();
      for (InetSocketAddress address : addresses) {
        all.add(clients.start(() -> awaitOutcome(mesh, address, outcome, since)));
      }
      List<Long> after = new ArrayList<>();
      for (Future<Long> one : all) {
        after.add(one.get());
      }
      return after;
    }
  }

  private static long awaitOutcome(
      Mesh mesh, InetSocketAddress address, Outcome outcome, long since) throws Exception {
    while (true) {
      long begun = System.nanoTime();
      Outcome now = attempt(mesh, address);
      if (now == outcome) {
        return (begun - since) / 1_000_000;
      }
      if (begun - since > LIMIT_NANOS) {
        throw new AssertionError(now + " at " + address + "; expected " + outcome);
      }
    }
  }

  private static Outcome attempt(Mesh mesh, InetSocketAddress address) throws Exception {
    try (SocketChannel channel = mesh.socket(Party.CLIENT, address)) {
      return connect(channel, address);
    }
  }

  private static Outcome connect(SocketChannel channel, InetSocketAddress address)
      throws IOException {
    try {
      channel.socket().connect(address, PATIENCE_MILLIS);
    } catch (SocketTimeoutException e) {
      return Outcome.LOST;
    } catch (ConnectException e) {
      return Outcome.REFUSED;
    }
    return exchange(channel);
  }

  private static Outcome exchange(SocketChannel channel) {
    try {
      channel.socket().setSoTimeout(PATIENCE_MILLIS);
      channel.socket().getOutputStream().write(42);
      return channel.socket().getInputStream().read() == 42 ? Outcome.ANSWERED : Outcome.REFUSED;
    } catch (SocketTimeoutException e) {
      return Outcome.UNANSWERED;
    } catch (IOException e) {
      return Outcome.REFUSED;
    }
  }

  private static long echoAll(ServerSocketChannel server, Talkers servers) throws IOException {
    while (true) {
      SocketChannel accepted = server.accept();
      var _ = servers.start(() -> echo(accepted));
    }
  }

  private static long echo(SocketChannel accepted) throws IOException {
    try (accepted) {
      ByteBuffer buffer = ByteBuffer.allocate(100);
      while (accepted.read(buffer.clear()) >= 0) {
        accepted.write(buffer.flip());
      }
    }
    return 0;
  }
}
