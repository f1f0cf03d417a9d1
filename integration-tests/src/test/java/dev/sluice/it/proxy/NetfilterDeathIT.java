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
import java.net.SocketException;
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
 * What becomes of new connections that netfilter steers to a proxy which is stopped, and to one
 * which is killed, by every kind of rules, in both families. How long it takes is printed, not
 * judged. {@code ProxyDeathIT} has the same for capture by sockets.
 */
@Timeout(120)
final class NetfilterDeathIT {
  private static final int PATIENCE_MILLIS = 500;
  private static final long LIMIT_NANOS = 20_000_000_000L;

  /** Of each family, at once: it has to stay so. */
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
    "REDIRECT_INBOUND, iptables, closed, REFUSED",
    "REDIRECT_INBOUND, nft, closed, REFUSED",
    "REDIRECT_OUTBOUND, iptables, closed, REFUSED",
    "REDIRECT_OUTBOUND, nft, closed, REFUSED",
    "TPROXY_POD, iptables, closed, LOST",
    "TPROXY_POD, nft, closed, LOST",
    "TPROXY_POD, nft, open, ANSWERED",
    "TPROXY_GATEWAY, iptables, closed, LOST",
    "TPROXY_GATEWAY, nft, closed, LOST",
    "TPROXY_GATEWAY, nft, open, ANSWERED"
  })
  void isDecidedByTheRules(Route route, String rules, String mode, Outcome killed)
      throws Exception {
    strike(
        new Steering(route.toString(), route.place(), route.mode(), List.of(), rules, mode),
        killed);
  }

  /** Where connections leave, {@code open} promises nothing: it is for those that arrive. */
  @ParameterizedTest
  @CsvSource({"iptables, closed", "nft, closed", "nft, open"})
  void isDecidedByTheRulesOfOutboundTproxy(String rules, String mode) throws Exception {
    strike(leaving(InterceptionMode.TPROXY, rules, mode), Outcome.LOST);
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

  /** Stopped and let go on, then killed and followed by another one. */
  private static void strike(Steering steering, Outcome killed) throws Exception {
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

      strike(mesh, steering, proxy, addresses, "STOP", Outcome.UNANSWERED);
      long before = proxy.outcomes("closed");
      proxy.signal("CONT");
      awaitServed(mesh, addresses);
      proxy.awaitOutcomes("closed", (int) before + 2);

      strike(mesh, steering, proxy, addresses, "KILL", killed);
      List<SocketChannel> begun =
          killed == Outcome.ANSWERED ? begin(mesh, addresses) : List.<SocketChannel>of();
      ProxyUnderTest next = steering.proxy(mesh);
      awaitServed(mesh, addresses);
      next.awaitOutcomes("closed", 2);
      for (SocketChannel channel : begun) {
        assertThat(exchange(channel)).isEqualTo(Outcome.ANSWERED);
        channel.close();
      }
      next.stop();
      steering.apply(mesh, "--verify");
    }
  }

  private static void strike(
      Mesh mesh,
      Steering steering,
      ProxyUnderTest proxy,
      List<InetSocketAddress> addresses,
      String signal,
      Outcome outcome)
      throws Exception {
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
    try (Talkers clients = new Talkers()) {
      List<Future<Outcome>> further = new ArrayList<>();
      for (int i = 0; i < FURTHER_ATTEMPTS; i++) {
        for (InetSocketAddress address : addresses) {
          further.add(clients.start(() -> attempt(mesh, address)));
        }
      }
      for (Future<Outcome> one : further) {
        assertThat(one.get()).isEqualTo(outcome);
      }
    }
  }

  /** Connections past the dead proxy: they shall go on without one. */
  private static List<SocketChannel> begin(Mesh mesh, List<InetSocketAddress> addresses)
      throws Exception {
    List<SocketChannel> begun = new ArrayList<>();
    for (InetSocketAddress address : addresses) {
      SocketChannel channel = mesh.socket(Party.CLIENT, address);
      begun.add(channel);
      assertThat(connect(channel, address)).isEqualTo(Outcome.ANSWERED);
    }
    return begun;
  }

  private static void awaitServed(Mesh mesh, List<InetSocketAddress> addresses) throws Exception {
    List<Long> after = awaitOutcome(mesh, addresses, Outcome.ANSWERED, System.nanoTime());
    System.out.printf("  served again after ms: IPv4 %d IPv6 %d%n", after.get(0), after.get(1));
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
    } catch (SocketException e) {
      // A listener that dies between the handshake and accept resets what connect hasn't seen yet.
      if ("Connection reset by peer".equals(e.getMessage())) {
        return Outcome.REFUSED;
      }
      throw e;
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
