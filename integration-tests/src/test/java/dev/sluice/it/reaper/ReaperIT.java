// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import static dev.sluice.it.reaper.Balanced.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.ReapReport;
import dev.sluice.socketlb.StaleSocket;
import dev.sluice.socketlb.StaleSocketFate;
import dev.sluice.socketlb.StaleSocketOwner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        .extracting(StaleSocketOwner::pid, StaleSocketOwner::command)
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
  void leavesTerminatingBackendsTheirSocketsUntilTheyAreGone() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("connect through udp 4 " + SERVICE + " 53");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of(DEAD)));
    assertThat(balanced.reap()).isEqualTo(new ReapReport(1, List.of()));
    assertThat(client.tell("error through")).isEqualTo("none");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(1);
    assertThat(client.tell("error through")).isEqualTo("ECONNABORTED");
  }

  @Test
  void endsNothingOfAnAddressThatAnotherServiceHasNow() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("connect former udp 4 " + SERVICE + " 53");
    // A new pod got the old one's address, and serves something else.
    balanced.apply(
        service(UDP, SERVICE, List.of(ALIVE), List.of()),
        service(UDP, OTHER_SERVICE, List.of(DEAD), List.of()));
    client.tell("connect present udp 4 " + OTHER_SERVICE + " 53");
    client.tell("connect direct udp 4 " + DEAD + " 5353");
    assertThat(only(balanced.reap()).socket().translation().service().getAddress())
        .hasToString("/" + SERVICE);
    assertThat(client.tell("error former")).isEqualTo("ECONNABORTED");
    assertThat(client.tell("error present")).isEqualTo("none");
    assertThat(client.tell("error direct")).isEqualTo("none");
    assertThat(client.tell("peer present")).isEqualTo(OTHER_SERVICE + " 53");
  }

  @Test
  void leavesSocketsAloneThatTalkToSomebodyElseByNow() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    for (String name : List.of("direct", "elsewhere", "again", "nobody")) {
      client.tell("connect " + name + " udp 4 " + SERVICE + " 53");
    }
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    client.tell("reconnect direct " + DEAD + " 5353");
    client.tell("reconnect elsewhere 10.9.9.9 99");
    client.tell("reconnect again " + SERVICE + " 53");
    client.tell("disconnect nobody");
    assertThat(balanced.reap().stale()).isEmpty();
    for (String name : List.of("direct", "elsewhere", "again", "nobody")) {
      assertThat(client.tell("error " + name)).isEqualTo("none");
    }
    assertThat(client.tell("peer direct")).isEqualTo(DEAD + " 5353");
    assertThat(client.tell("peer again")).isEqualTo(SERVICE + " 53");
  }

  @Test
  void hasNothingToEndForUnconnectedSockets() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("open loose udp 4");
    assertThat(client.tell("sendto loose " + SERVICE + " 53")).isEqualTo("sent");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap()).isEqualTo(new ReapReport(0, List.of()));
    assertThat(client.tell("sendto loose " + SERVICE + " 53")).isEqualTo("sent");
  }

  @Test
  void endsSocketsThatShareTheirAddresses() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    for (String name : List.of("one", "two", "three")) {
      client.tell("connect " + name + " udp 4 " + SERVICE + " 53 40000");
    }
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    assertThat(balanced.reap().ended()).isEqualTo(3);
    for (String name : List.of("one", "two", "three")) {
      assertThat(client.tell("error " + name)).isEqualTo("ECONNABORTED");
    }
  }

  @Test
  void tellsTheSocketThatHidesAnother() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("connect through udp 4 " + SERVICE + " 53 40000");
    client.tell("connect direct udp 4 " + DEAD + " 5353 40000");
    balanced.apply(service(UDP, SERVICE, List.of(ALIVE), List.of()));
    StaleSocket stale = only(balanced.reap());
    assertThat(client.tell("error direct")).isEqualTo("none");
    assertThat(client.tell("peer direct")).isEqualTo(DEAD + " 5353");
    // Which of the two the kernel finds is its own choice.
    boolean ended = stale.fate() instanceof StaleSocketFate.Ended;
    assertThat(client.tell("error through")).isEqualTo(ended ? "ECONNABORTED" : "none");
    if (!ended) {
      assertThat(stale.toText()).startsWith("not ended: ").contains("has the same addresses");
    }
  }

  @Test
  void saysThatThereIsNoLoadBalancer() {
    assertThatThrownBy(balanced::reap)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reverse")
        .hasMessageContaining("ENOENT");
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
