// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import static dev.sluice.it.reaper.Balanced.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.ReapReport;
import dev.sluice.socketlb.StaleSocket;
import dev.sluice.socketlb.StaleSocketFate;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which sockets are left alone. */
class ReaperRestraintIT {
  private static final TransportProtocol UDP = TransportProtocol.UDP;
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
  void asksAgainBeforeItEndsASocket() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    int port = 40_000;
    for (String name : List.of("stays", "elsewhere", "nobody", "closed")) {
      client.tell("connect " + name + " udp 4 " + SERVICE + " 53 " + port++);
    }
    ReapReport report =
        balanced.reap(
            () -> {
              // The list has been made. A socket that keeps its port is found by its old peer too.
              client.tellAll(
                  "reconnect elsewhere 10.9.9.9 99", "disconnect nobody", "close closed");
              return _ -> false;
            });
    assertThat(report.stale())
        .extracting(each -> each.socket().id().local().getPort(), StaleSocket::fate)
        .containsExactlyInAnyOrder(
            tuple(40_000, new StaleSocketFate.Ended()),
            tuple(40_001, new StaleSocketFate.AlreadyGone()),
            tuple(40_002, new StaleSocketFate.AlreadyGone()),
            tuple(40_003, new StaleSocketFate.AlreadyGone()));
    assertThat(client.tell("error stays")).isEqualTo("ECONNABORTED");
    assertThat(client.tell("error elsewhere")).isEqualTo("none");
    assertThat(client.tell("peer elsewhere")).isEqualTo("10.9.9.9 99");
    assertThat(client.tell("error nobody")).isEqualTo("none");
  }

  @Test
  void tellsThousandsThatHaveGoneFromThoseThatAreThere() throws Exception {
    balanced.apply(service(UDP, SERVICE, List.of(DEAD), List.of()));
    Client client = balanced.client();
    client.tell("many gone " + SERVICE + " 53 4000");
    client.tell("many served " + SERVICE + " 53 4000");
    ReapReport report =
        balanced.reap(
            () -> {
              client.tellAll("closeall gone");
              return _ -> false;
            });
    assertThat(report.ended()).isEqualTo(4000);
    assertThat(report.stale().stream().map(StaleSocket::fate))
        .filteredOn(fate -> fate instanceof StaleSocketFate.AlreadyGone)
        .hasSize(4000);
    assertThat(client.tell("ended served")).isEqualTo("4000 of 4000");
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
}
