// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Who answers operators when several proxies are, or want to be, in one network namespace. */
final class AdminRestartIT {
  private static final int RESTARTS = 3;

  @Test
  void answersByTheOldProxyAndThenByTheNewOne() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        var poller = Executors.newSingleThreadExecutor()) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      List<ProxyUnderTest> proxies = new ArrayList<>(List.of(restarts.first()));
      AtomicBoolean enough = new AtomicBoolean();
      Future<Duration> silence = poller.submit(asking(mesh, enough));
      try {
        for (int i = 0; i < RESTARTS; i++) {
          proxies.add(restarts.next());
          assertThat(proxies.get(i).awaitEnd()).isZero();
          ProxyUnderTest last = proxies.getLast();
          assertThat(last.said().getLast()).endsWith("took over 0");
          assertThat(listening(mesh)).hasSize(5).allMatch(line -> line.contains(pid(last)));
          Path socket = restarts.socket().resolveSibling("admin.sock");
          assertThat(
                  mesh.in(
                      Party.CLIENT,
                      "curl",
                      "-s",
                      "--unix-socket",
                      socket.toString(),
                      "http://localhost/ready"))
              .isEqualTo("ready\n");
        }
      } finally {
        enough.set(true);
      }
      Duration longest = silence.get();
      System.out.println("nobody answered for " + longest.toMillis() + " ms at most");
      assertThat(longest).isLessThan(Duration.ofSeconds(5));
      proxies.getLast().stop();
      assertThat(mesh.runtimeFolder()).isEmptyDirectory();
    }
  }

  /** The longest time between two answers; each of them has to be that the proxy is ready. */
  private static Callable<Duration> asking(Mesh mesh, AtomicBoolean enough) {
    return () -> {
      long longest = 0;
      long last = System.nanoTime();
      while (!enough.get()) {
        if (ask(mesh)) {
          longest = Math.max(longest, System.nanoTime() - last);
          last = System.nanoTime();
        }
        Thread.sleep(1);
      }
      return Duration.ofNanos(longest);
    };
  }

  private static boolean ask(Mesh mesh) throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 15021);
    ByteBuffer answer = ByteBuffer.allocate(4096);
    try (SocketChannel channel = mesh.socket(Party.CLIENT, address)) {
      channel.connect(address);
      channel.write(
          ByteBuffer.wrap(
              "GET /healthz/ready HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
      while (channel.read(answer) >= 0) {}
    } catch (IOException e) {
      return false; // Refused, or reset by one that ended.
    }
    String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    assertThat(text).matches("(?s)|HTTP/1.1 200 .*\r\n\r\nready\n|HTTP/1.1 503 .*\r\nending\n");
    return !text.isEmpty();
  }

  private static List<String> listening(Mesh mesh) throws IOException {
    return mesh.in(Party.CLIENT, "ss", "-tlnpH")
        .lines()
        .filter(line -> line.matches(".*:(15000|15020|15021)\\s.*"))
        .toList();
  }

  private static String pid(ProxyUnderTest proxy) {
    return "pid=" + proxy.pid() + ",";
  }

  /** Without an option for it, a second proxy shares nothing with the first one. */
  @Test
  void leavesTheRunningProxyAloneWhenAnotherOneIsStartedBesideIt() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT)) {
      Restarts restarts = new Restarts(mesh, InterceptionMode.REDIRECT);
      ProxyUnderTest proxy = restarts.first();
      List<String> other =
          restarts.command(List.of(), "--outbound-port=10001", "--inbound-port=10002");
      CommandResult second = mesh.attempt(Party.CLIENT, other.toArray(String[]::new));
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.errors())
          .contains("cannot listen on port 15000 (--admin-port): EADDRINUSE")
          .doesNotContain("listening");
      // Only the proxy's own user may enter its folder.
      List<String> third =
          new ArrayList<>(
              List.of("setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups"));
      third.addAll(other);
      third.addAll(
          List.of(
              "--admin-port=0",
              "--status-port=0",
              "--stats-port=0",
              "--admin-socket=" + restarts.socket().resolveSibling("admin.sock")));
      assertThat(mesh.attempt(Party.CLIENT, third.toArray(String[]::new)).errors())
          .contains("admin.sock (--admin-socket): another process listens there");
      assertThat(listening(mesh)).hasSize(5).allMatch(line -> line.contains(pid(proxy)));
      proxy.stop();
    }
  }
}
