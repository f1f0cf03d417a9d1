// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import static dev.sluice.it.reaper.Balanced.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.ReapReport;
import dev.sluice.socketlb.SocketHolder;
import dev.sluice.socketlb.StaleSocket;
import dev.sluice.socketlb.StaleSocketFate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which sockets are ended, and what is said about them. */
class ReaperIT {
  private static final TransportProtocol UDP = TransportProtocol.UDP;
  private static final TransportProtocol TCP = TransportProtocol.TCP;
  private static final String SERVICE = "10.96.0.10";
  private static final String OTHER_SERVICE = "10.96.0.20";
  private static final String DEAD = "10.244.1.5";
  private static final String ALIVE = "10.244.1.6";

  private Balanced balanced;

  @BeforeEach
  void open() throws IOException {
    balanced = Balanced.open();
  }

  @AfterEach
  void close() throws IOException {
    balanced.close();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 10.96.0.10, 10.244.1.5, 10.244.1.6, 10.96.0.10, 10.244.1.5",
    "6, fd00:96::10, fd00:244::5, fd00:244::6, fd00:96::10, fd00:244::5",
    "6, 10.96.0.10, 10.244.1.5, 10.244.1.6, ::ffff:10.96.0.10, ::ffff:10.244.1.5"
  })
  void endsTheDatagramSocketThatCameThroughTheServiceAndNotTheDirectOne(
      String family, String service, String dead, String alive, String dialled, String direct)
      throws Exception {
    balanced.apply(service(UDP, service, List.of(dead), List.of()));
    Client client = balanced.client();
    String port = client.tell("connect through udp " + family + " " + dialled + " 53");
    client.tell("connect direct udp " + family + " " + direct + " 5353");
    assertThat(client.tell("peer through")).isEqualTo(dialled + " 53");
    assertThat(client.tell("peer direct")).isEqualTo(direct + " 5353");
    assertThat(balanced.reap()).isEqualTo(new ReapReport(1, List.of()));

    balanced.apply(service(UDP, service, List.of(alive), List.of()));
    StaleSocket ended = only(balanced.reap());
    assertThat(ended.fate()).isEqualTo(new StaleSocketFate.Ended());
    assertThat(ended.socket().id().protocol()).isEqualTo(SocketProtocol.UDP);
    assertThat(ended.socket().id().local().getPort()).isEqualTo(Integer.parseInt(port));
    assertThat(client.tell("error through")).isEqualTo("ECONNABORTED");
    assertThat(client.tell("peer through")).isEqualTo("ENOTCONN");
    assertThat(client.tell("error direct")).isEqualTo("none");
    assertThat(client.tell("peer direct")).isEqualTo(direct + " 5353");
    assertThat(balanced.reap().stale()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 10.96.0.10, 10.244.1.5, 10.244.1.6, 10.96.0.10, 10.244.1.5",
    "6, fd00:96::10, fd00:244::5, fd00:244::6, fd00:96::10, fd00:244::5",
    "6, 10.96.0.10, 10.244.1.5, 10.244.1.6, ::ffff:10.96.0.10, ::ffff:10.244.1.5"
  })
  void endsTheConnectionThatCameThroughTheServiceAndNotTheDirectOne(
      String family, String service, String dead, String alive, String dialled, String direct)
      throws Exception {
    balanced.apply(service(TCP, service, List.of(dead), List.of()));
    Client client = balanced.client();
    client.tell("serve listener 6 :: 5353");
    client.tell("connect through tcp " + family + " " + dialled + " 53");
    client.tell("accept other listener");
    client.tell("connect direct tcp " + family + " " + direct + " 5353");

    balanced.apply(service(TCP, service, List.of(alive), List.of()));
    assertThat(only(balanced.reap()).fate()).isEqualTo(new StaleSocketFate.Ended());
    assertThat(client.tell("receive through")).isEqualTo("ECONNABORTED");
    assertThat(client.tell("receive other")).isEqualTo("ECONNRESET");
    assertThat(client.tell("send direct")).isEqualTo("sent 1");
    assertThat(client.tell("connect again tcp " + family + " " + dialled + " 53")).matches("\\d+");
    // Not closed yet, the ended one keeps its addresses; it must not be found again.
    assertThat(balanced.reap().stale()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"udp, UDP", "tcp, TCP"})
  void wakesAReceiverThatWaits(String kind, TransportProtocol protocol) throws Exception {
    balanced.apply(service(protocol, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("serve listener 4 0.0.0.0 5353");
    client.tell("connect through " + kind + " 4 " + SERVICE + " 53");
    client.begin("receive through");
    client.awaitSleep();
    balanced.apply(service(protocol, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(1);
    assertThat(client.answer()).isEqualTo("ECONNABORTED");
  }

  @Test
  void endsAConnectThatTheDeadBackendNeverAnswers() throws Exception {
    balanced.apply(service(TCP, SERVICE, List.of("172.16.0.5"), List.of()));
    Client client = balanced.client();
    assertThat(client.tell("begin through tcp 4 " + SERVICE + " 53")).isEqualTo("EINPROGRESS");
    balanced.apply(service(TCP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(1);
    assertThat(client.tell("finish through")).isEqualTo("ECONNABORTED");
  }

  @Test
  void endsTheSubflowOfAMultipathConnection() throws Exception {
    balanced.apply(service(TCP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("serve listener 4 0.0.0.0 5353");
    client.tell("connect through mptcp 4 " + SERVICE + " 53");
    balanced.apply(service(TCP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(1);
    assertThat(client.tell("receive through")).isEqualTo("ECONNABORTED");
  }

  @Test
  void saysWhatItEndedAndWhose() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    String port = client.tell("connect through udp 4 " + SERVICE + " 53");
    balanced.apply();
    StaleSocket ended = only(balanced.reap());
    assertThat(ended.owners())
        .extracting(SocketHolder::pid, SocketHolder::command)
        .containsExactly(tuple(client.pid(), "python3"));
    assertThat(ended.toText())
        .isEqualTo(
            "ended UDP 10.0.0.1:%s of pid %d (python3) in %s: 10.96.0.10:53 was served by"
                    .formatted(port, client.pid(), namespaceOf(client))
                + " 10.244.1.5:5353");
  }

  @Test
  void endsASocketWhoseNamespaceNothingElseKeeps() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.clientHere();
    client.tell("enter");
    client.tell("connect through udp 4 " + SERVICE + " 53");
    assertThat(client.tell("leave")).isEqualTo("outside");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    StaleSocket ended = only(balanced.reap());
    assertThat(ended.fate()).isEqualTo(new StaleSocketFate.Ended());
    assertThat("net:[" + ended.socket().namespace() + "]").isNotEqualTo(namespaceOf(client));
    assertThat(client.tell("error through")).isEqualTo("ECONNABORTED");
  }

  @Test
  void endsSocketsOfManyNamespacesAtATime() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    List<Client> clients = List.of(balanced.client(), balanced.client(), balanced.client());
    for (Client client : clients) {
      client.tell("connect a udp 4 " + SERVICE + " 53");
      client.tell("connect b udp 6 ::ffff:" + SERVICE + " 53");
    }
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    ReapReport report = balanced.reap();
    assertThat(report.ended()).isEqualTo(6);
    assertThat(report.stale())
        .extracting(each -> "net:[" + each.socket().namespace() + "]")
        .containsOnly(
            namespaceOf(clients.get(0)), namespaceOf(clients.get(1)), namespaceOf(clients.get(2)));
    for (Client client : clients) {
      assertThat(client.tell("error a")).isEqualTo("ECONNABORTED");
      assertThat(client.tell("error b")).isEqualTo("ECONNABORTED");
    }
  }

  @Test
  void endsASocketThatWasBeingConnectedWhileTheListWasMade() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("connect through udp 4 " + SERVICE + " 53");
    // The same to the kernel: a backend was chosen, and the socket has no peer.
    client.tell("connect late udp 4 " + SERVICE + " 53 40000");
    client.tell("disconnect late");
    AtomicInteger lists = new AtomicInteger();
    ReapReport report =
        balanced.reap(
            () -> {
              if (lists.incrementAndGet() == 1) {
                client.tellAll("reconnect late " + SERVICE + " 53");
              }
              return _ -> false;
            });
    assertThat(lists).hasValue(2);
    assertThat(report.ended()).isEqualTo(2);
    assertThat(client.tell("error late")).isEqualTo("ECONNABORTED");
  }

  @Test
  void endsSocketsThatShareTheirAddresses() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    // As many as it takes for the list to be in another order than the kernel finds them in.
    List<String> names = IntStream.range(0, 12).mapToObj(i -> "socket" + i).toList();
    for (String name : names) {
      client.tell("connect " + name + " udp 4 " + SERVICE + " 53 40000");
    }
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(names.size());
    for (String name : names) {
      assertThat(client.tell("error " + name)).isEqualTo("ECONNABORTED");
    }
  }

  @Test
  void endsMoreThanTheFirstListHasRoomFor() throws Exception {
    balanced.apply(
        service(UDP, SERVICE, List.of(DEAD), List.of()),
        service(UDP, OTHER_SERVICE, List.of(ALIVE), List.of()));
    List<Client> clients = List.of(balanced.client(), balanced.client());
    for (Client client : clients) {
      client.tell("many stale " + SERVICE + " 53 5000");
      client.tell("many served " + OTHER_SERVICE + " 53 500");
    }
    balanced.apply(
        service(UDP, SERVICE, List.of(ALIVE), List.of()),
        service(UDP, OTHER_SERVICE, List.of(ALIVE), List.of()));
    ReapReport report = balanced.reap();
    assertThat(report.connected()).isEqualTo(11_000);
    assertThat(report.ended()).isEqualTo(10_000);
    for (Client client : clients) {
      assertThat(client.tell("ended stale")).isEqualTo("5000 of 5000");
      assertThat(client.tell("ended served")).isEqualTo("0 of 500");
    }
  }

  @Test
  void missesNoneWhileOthersComeAndGo() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("many stale " + SERVICE + " 53 4000");
    balanced.client().tell("storm " + SERVICE + " 53");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isGreaterThanOrEqualTo(4000);
    assertThat(client.tell("ended stale")).isEqualTo("4000 of 4000");
    assertThat(balanced.reap().stale()).isEmpty();
  }

  private static StaleSocket only(ReapReport report) {
    assertThat(report.stale()).hasSize(1);
    return report.stale().getFirst();
  }

  private static String namespaceOf(Client client) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", Long.toString(client.pid()), "ns/net"))
        .toString();
  }
}
