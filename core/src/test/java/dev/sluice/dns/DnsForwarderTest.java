// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.Service;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forwarder as its clients and name servers see it, over loopback. */
class DnsForwarderTest {
  private static final int SERVFAIL = 2;
  private static final int NXDOMAIN = 3;
  private static final byte[] QUERY = Wire.query(4711, "a.example", Wire.TXT);
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final Service WEB = Rig.service("web", "10.96.0.10", "fd00::10");

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void answersForServices(String listener) throws Exception {
    try (Rig rig = Rig.serving(WEB, Rig.service("v4", "10.96.0.11"))) {
      Wire.Answer answer = rig.byUdp(listener, Wire.query(1, "WEB.shop.svc.cluster.local", Wire.A));
      assertThat(answer.id()).isEqualTo(1);
      assertThat(answer.flags()).as("an answer, with authority, NOERROR").isEqualTo(0x8580);
      assertThat(answer.question())
          .as("as it was spelled")
          .isEqualTo("WEB.shop.svc.cluster.local.");
      assertThat(answer.addresses()).containsExactly("10.96.0.10");
      assertThat(answer.edns().udpBytes()).as("nobody spoke of EDNS").isEqualTo(-1);

      assertThat(rig.byTcp(listener, Wire.query(2, "web", Wire.AAAA)).addresses())
          .containsExactly("fd00:0:0:0:0:0:0:10");

      Wire.Answer none = rig.byTcp(listener, Wire.query(3, "v4", Wire.AAAA));
      assertThat(none.addresses()).isEmpty();
      assertThat(none.rcode()).as("there is such a name").isZero();
      assertThat(rig.byUdp(listener, Wire.query(4, "web", Wire.TXT)).rcode()).isZero();
      assertThat(rig.byUdp(listener, Wire.query(5, "web", 255)).addresses()).hasSize(2);
      assertThat(rig.counters.summary())
          .isEqualTo("dns_queries=5 dns_answered=5 dns_forwarded=0 dns_failed=0 dns_refused=0");
    }
  }

  @Test
  void speaksEdnsWithThoseWhoDo() throws Exception {
    try (Rig rig = Rig.serving(WEB)) {
      Wire.Answer answer = rig.byUdp(Wire.query(1, "web", Wire.A, 4096, 0));
      assertThat(answer.addresses()).hasSize(1);
      assertThat(answer.edns()).isEqualTo(new Wire.Answer.Opt(1232, 0, 0x8000));

      Wire.Answer version = rig.byUdp(Wire.query(1, "web", Wire.A, 4096, 1));
      assertThat(version.rcode()).isZero();
      assertThat(version.edns().extendedRcode()).as("BADVERS is 16").isEqualTo(1);
      assertThat(version.addresses()).isEmpty();
    }
  }

  @Test
  void cutsItsOwnAnswersToWhatTheClientTakes() throws Exception {
    String[] many = IntStream.range(0, 100).mapToObj(i -> "10.1.0." + i).toArray(String[]::new);
    try (Rig rig = Rig.serving(Rig.service("web", many))) {
      byte[] plain = Wire.query(1, "web", Wire.A);
      assertThat(rig.byUdp(plain).truncated()).isTrue();
      assertThat(rig.byUdp(plain).bytes()).isLessThanOrEqualTo(512);
      assertThat(rig.byUdp(Wire.query(1, "web", Wire.A, 1232, 0)).truncated()).isTrue();
      assertThat(rig.byUdp(Wire.query(1, "web", Wire.A, 4096, 0)).addresses()).hasSize(100);
      assertThat(rig.byTcp(plain).addresses()).hasSize(100);
    }
  }

  @Test
  void beginsWithAnotherAddressEachTime() throws Exception {
    Set<String> first = new HashSet<>();
    try (Rig rig = Rig.serving(Rig.service("web", "10.1.0.1", "10.1.0.2", "10.1.0.3"))) {
      for (int id = 0; id < 3; id++) {
        first.add(rig.byUdp(Wire.query(id, "web", Wire.A)).addresses().getFirst());
      }
    }
    assertThat(first).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void passesOnWhatItDoesNotKnow(String family) throws Exception {
    try (FakeNameServer server =
            FakeNameServer.start(
                InetAddress.ofLiteral(family), query -> List.of(Wire.reply(query, 0, 100)));
        Rig rig = Rig.forwardingTo(server)) {
      assertThat(rig.byUdp(family, QUERY).id()).isEqualTo(4711);
      assertThat(rig.byTcp(family, QUERY).bytes()).isGreaterThan(100);
      assertThat(server.byUdp).hasSize(1);
      assertThat(server.byTcp).hasSize(1);
      assertThat(rig.counters.summary()).contains("dns_queries=2", "dns_forwarded=2");
    }
  }

  @Test
  void asksUnderAnIdOfItsOwn() throws Exception {
    try (FakeNameServer server =
            FakeNameServer.start(LOOPBACK, query -> List.of(Wire.reply(query, 0, 0)));
        Rig rig = Rig.forwardingTo(server)) {
      for (int i = 0; i < 20; i++) {
        rig.byUdp(QUERY);
      }
      assertThat(server.byUdp.stream().map(query -> Wire.number(query, 0)).distinct())
          .hasSizeGreaterThan(15);
    }
  }

  @Test
  void believesOnlyWhatAnswersItsQuestion() throws Exception {
    try (FakeNameServer server =
            FakeNameServer.start(
                LOOPBACK,
                query -> {
                  byte[] otherId = Wire.reply(query, NXDOMAIN, 0);
                  otherId[0] ^= 1;
                  byte[] otherQuestion =
                      Wire.reply(Wire.query(Wire.number(query, 0), "b.example", Wire.TXT), 3, 0);
                  byte[] noAnswer = query.clone();
                  byte[] noQuestion = {query[0], query[1], (byte) 0x81, (byte) 0x80, 0, 0, 0, 0};
                  return List.of(
                      otherId,
                      otherQuestion,
                      noAnswer,
                      noQuestion,
                      new byte[0],
                      Wire.reply(query, 0, 50));
                });
        Rig rig = Rig.forwardingTo(server)) {
      assertThat(rig.byUdp(QUERY).rcode()).isZero();
      assertThat(server.byUdp).as("it was asked once").hasSize(1);
    }
  }

  /** Whoever guesses id and port still has the wrong address. */
  @Test
  void doesNotHearOthersThanTheServerThatItAsked() throws Exception {
    try (DatagramSocket asked = new DatagramSocket(0, LOOPBACK);
        DatagramSocket forger = new DatagramSocket(0, LOOPBACK);
        Rig rig = Rig.forwardingTo(List.of((InetSocketAddress) asked.getLocalSocketAddress()));
        ExecutorService client = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Wire.Answer> answer = client.submit(() -> rig.byUdp(QUERY));
      DatagramPacket query = new DatagramPacket(new byte[512], 512);
      asked.receive(query);
      byte[] forged = Wire.reply(query.getData(), NXDOMAIN, 0);
      forger.send(new DatagramPacket(forged, forged.length, query.getSocketAddress()));
      byte[] right = Wire.reply(query.getData(), 0, 0);
      asked.send(new DatagramPacket(right, right.length, query.getSocketAddress()));
      assertThat(answer.get().rcode()).isZero();
    }
  }

  @Test
  void goesOnToTheNextServer() throws Exception {
    InetSocketAddress closed;
    try (DatagramSocket gone = new DatagramSocket(0, LOOPBACK)) {
      closed = (InetSocketAddress) gone.getLocalSocketAddress();
    }
    try (FakeNameServer silent = FakeNameServer.start(LOOPBACK, _ -> List.of());
        FakeNameServer broken =
            FakeNameServer.start(LOOPBACK, query -> List.of(Wire.reply(query, SERVFAIL, 0)));
        FakeNameServer good =
            FakeNameServer.start(LOOPBACK, query -> List.of(Wire.reply(query, NXDOMAIN, 0)));
        Rig rig =
            Rig.forwardingTo(List.of(closed, silent.address(), broken.address(), good.address()))) {
      assertThat(rig.byUdp(QUERY).rcode()).isEqualTo(NXDOMAIN);
      assertThat(rig.byUdp(QUERY).rcode()).isEqualTo(NXDOMAIN);
      assertThat(silent.byUdp).as("the second question began where the first ended").hasSize(1);
      assertThat(broken.byUdp).hasSize(1);
      assertThat(good.byUdp).hasSize(2);
    }
  }

  @Test
  void givesBackTheErrorThatAllServersAgreeOn() throws Exception {
    try (FakeNameServer refuses =
            FakeNameServer.start(LOOPBACK, query -> List.of(Wire.reply(query, 5, 0)));
        Rig rig = Rig.forwardingTo(refuses)) {
      assertThat(rig.byUdp(QUERY).rcode()).isEqualTo(5);
      assertThat(refuses.byUdp).hasSize(1);
      assertThat(rig.counters.summary()).contains("dns_forwarded=1");
    }
  }

  @Test
  void failsWhenNobodyAnswers() throws Exception {
    try (FakeNameServer silent = FakeNameServer.start(LOOPBACK, _ -> List.of());
        Rig rig = Rig.forwardingTo(silent)) {
      assertThat(rig.byUdp(QUERY).rcode()).isEqualTo(SERVFAIL);
      assertThat(silent.byUdp).as("twice, as the C library asks").hasSize(2);
      assertThat(rig.said()).contains("nobody resolves a.example: 127.0.0.1:", " by UDP: ");
      assertThat(rig.counters.summary()).contains("dns_failed=1");
    }
    try (Rig rig = Rig.forwardingTo(List.of())) {
      assertThat(rig.byTcp(QUERY).rcode()).isEqualTo(SERVFAIL);
      assertThat(rig.said()).contains("there is no name server");
    }
  }

  @Test
  void cutsWhatIsTooLongAndGivesItByTcp() throws Exception {
    try (FakeNameServer server =
            FakeNameServer.start(LOOPBACK, query -> List.of(Wire.reply(query, 0, 60_000)));
        Rig rig = Rig.forwardingTo(server)) {
      Wire.Answer cut = rig.byUdp(Wire.query(9, "a.example", Wire.TXT, 1232, 0));
      assertThat(cut.truncated()).isTrue();
      assertThat(cut.id()).isEqualTo(9);
      assertThat(cut.bytes()).isLessThan(512);
      assertThat(rig.byTcp(QUERY).bytes()).isGreaterThan(60_000);
    }
  }

  @Test
  void answersSeveralQuestionsOfOneConnectionInTheirOrder() throws Exception {
    try (Rig rig = Rig.serving(WEB);
        Socket client = rig.connect("127.0.0.1")) {
      for (int id = 0; id < 50; id++) {
        Rig.send(client, Wire.query(id, "web", Wire.A));
      }
      for (int id = 0; id < 50; id++) {
        assertThat(Rig.receive(client).id()).isEqualTo(id);
      }
    }
  }

  @Test
  void endsTheOldestConnectionsBeyondTheLimit() throws Exception {
    try (Rig rig = Rig.serving(WEB);
        Socket oldest = rig.connect("127.0.0.1")) {
      Rig.send(oldest, Wire.query(1, "web", Wire.A));
      Rig.receive(oldest);
      List<Socket> more =
          Stream.generate(
                  () -> {
                    try {
                      return rig.connect("127.0.0.1");
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  })
              .limit(StreamListener.MOST_CONNECTIONS)
              .toList();
      // Long before it would be ended for being idle.
      oldest.setSoTimeout(5_000);
      assertThat(oldest.getInputStream().read()).as("the end").isEqualTo(-1);
      Rig.send(more.getLast(), Wire.query(2, "web", Wire.A));
      assertThat(Rig.receive(more.getLast()).id()).isEqualTo(2);
      for (Socket client : more) {
        client.close();
      }
    }
  }

  @Test
  void limitsWhatWaits() throws Exception {
    int most = NameServers.MOST_WAITING;
    try (FakeNameServer silent = FakeNameServer.start(LOOPBACK, _ -> List.of());
        Rig rig = Rig.forwardingTo(silent);
        DatagramSocket client = new DatagramSocket()) {
      client.connect(new InetSocketAddress(LOOPBACK, rig.port));
      // The kernel's queue may drop some of a burst.
      await()
          .until(
              () -> {
                for (int i = 0; i < most / 2; i++) {
                  client.send(new DatagramPacket(QUERY, QUERY.length));
                }
                return rig.said().contains(most + " questions wait for a name server");
              });
      client.receive(new DatagramPacket(new byte[512], 512));
    }
  }

  /** What happens where rules don't exempt the proxy: its own question comes back to it. */
  @Test
  void noticesItsOwnQuestions() throws Exception {
    InetSocketAddress source = new InetSocketAddress(LOOPBACK, 4000);
    OwnQuestions own = new OwnQuestions();
    try (var _ = own.remember(source)) {
      assertThat(own.contains(source)).isTrue();
    }
    assertThat(own.contains(source)).isFalse();
    try (Rig rig = Rig.forwardingToItself()) {
      assertThat(rig.byUdp(QUERY).rcode()).isEqualTo(SERVFAIL);
      assertThat(rig.byTcp(QUERY).rcode()).isEqualTo(SERVFAIL);
      assertThat(rig.said()).contains("a question for a.example is the proxy's own");
      assertThat(rig.counters.summary())
          .isEqualTo("dns_queries=4 dns_answered=0 dns_forwarded=2 dns_failed=0 dns_refused=2");
    }
  }

  @Test
  void saysWhatItCannotUnderstand() throws Exception {
    byte[] update = QUERY.clone();
    update[2] = 5 << 3;
    byte[] twoQuestions = QUERY.clone();
    twoQuestions[5] = 2;
    byte[] abbreviated = QUERY.clone();
    abbreviated[12] = (byte) 0xc0;
    byte[] endsEarly = Arrays.copyOf(QUERY, QUERY.length - 1);
    byte[] twoOpts = Wire.query(1, "a.example", Wire.A, 512, 0);
    twoOpts[11] = 2;
    byte[] answer = Wire.reply(QUERY, 0, 0);

    try (Rig rig = Rig.serving(WEB)) {
      rig.sendByUdp(new byte[0]);
      rig.sendByUdp(new byte[11]);
      rig.sendByUdp(answer);
      assertThat(rig.byUdp(update).rcode()).as("NOTIMP").isEqualTo(4);
      for (byte[] malformed : List.of(twoQuestions, abbreviated, endsEarly, twoOpts)) {
        assertThat(rig.byUdp(malformed).rcode()).as("FORMERR").isEqualTo(1);
      }
      assertThat(rig.byUdp(Wire.query(1, "web", 252)).rcode()).as("REFUSED").isEqualTo(5);
      assertThat(rig.counters.summary())
          .isEqualTo("dns_queries=9 dns_answered=0 dns_forwarded=0 dns_failed=0 dns_refused=9");
      try (Socket client = rig.connect("127.0.0.1")) {
        Rig.send(client, answer);
        assertThat(client.getInputStream().read()).as("nothing to wait for").isEqualTo(-1);
      }
    }
  }

  @Test
  void survivesWhateverIsSent() throws Exception {
    Random random = new Random(20261122);
    byte[] whole = Wire.query(1, "web", Wire.A, 1232, 0);
    byte[] asked = Wire.query(2, "web", Wire.A, 1232, 0);
    try (Rig rig = Rig.serving(WEB)) {
      for (int i = 0; i < 3000; i++) {
        byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 40));
        for (int n = random.nextInt(6); n >= 0 && damaged.length > 0; n--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        rig.sendByUdp(damaged);
        if (i % 50 == 0) {
          assertThat(rig.byUdp(asked).addresses()).containsExactly("10.96.0.10");
        }
      }
      assertThat(rig.byUdp(asked).addresses()).containsExactly("10.96.0.10");
      assertThat(rig.said()).doesNotContain("Exception");
    }
  }

  @Test
  void saysWhichPortIsTaken() throws Exception {
    try (Rig rig = Rig.serving(WEB)) {
      assertThatIOException()
          .isThrownBy(
              () ->
                  DnsForwarder.open(
                      new DnsForwarder.Settings(
                          rig.port,
                          false,
                          Set.of(IpFamily.IPV4),
                          ServiceNames.of(MeshSnapshot.EMPTY, SearchDomain.DEFAULT),
                          List.of()),
                      rig.counters,
                      new RateLimitedLog(System.err, "")))
          .withMessage("cannot listen for DNS on 127.0.0.1:%d: Address already in use", rig.port);
    }
  }
}
