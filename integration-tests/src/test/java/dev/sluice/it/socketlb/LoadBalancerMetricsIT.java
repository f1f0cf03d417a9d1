// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.LoadBalancerMetrics;
import dev.sluice.telemetry.Exposition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What Prometheus is told of the kernel's counters, held against what clients counted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoadBalancerMetricsIT {
  private static final String GIVEN = "sluice_socket_lb_connections_total";
  private static final List<String> SERVICES = List.of("10.96.0.1", "fd96::1");
  private static final int EXCHANGES = 3;
  private static final int DIALLED = 300;
  private static final DataPath DENIED =
      new DataPath.Socket(
          PathReason.DENIED, "the test says so", new PolicyDecision.Denied("a/b", "it says so"));

  private Scene scene;
  private LoadBalancerMetrics metrics;

  @BeforeAll
  void open() throws IOException {
    scene = Scene.open("metrics");
    metrics = new LoadBalancerMetrics(scene.bpfFileSystem(), scene.cgroup());
    scene.backends(
        Stream.of(Scene.SERVER_V4, Scene.SERVER_V6)
            .flatMap(
                server ->
                    Stream.of(
                        "tcp:" + server + ":9001:one",
                        "tcp:" + server + ":9002:two",
                        "udp:" + server + ":9003:datagrams"))
            .toList());
  }

  @AfterAll
  void close() throws IOException {
    scene.close();
  }

  /** 1: serves by TCP and UDP; 2: denied; 3: nobody serves; 4: the backend doesn't listen. */
  @Test
  void tellsWhatClientsCountInBothFamilies() throws Exception {
    List<BackendSet> sets = new ArrayList<>();
    for (String net : List.of("10.96.0.", "fd96::")) {
      sets.add(Sets.of(TransportProtocol.TCP, net + 1, 80, 9001));
      sets.add(Sets.of(TransportProtocol.UDP, net + 1, 80, 9003));
      BackendSet denied = Sets.of(TransportProtocol.TCP, net + 2, 80, 9001);
      sets.add(
          new BackendSet(
              denied.name(), denied.frontend(), 0, denied.chosen(), denied.lingering(), DENIED));
      sets.add(Sets.of(TransportProtocol.TCP, net + 3, 80));
      sets.add(Sets.of(TransportProtocol.TCP, net + 4, 80, 9));
    }
    scene.apply(List.of());
    scene.apply(sets);
    String text =
        """
        for net in ('10.96.0.', 'fd96::'):
            sent = received = 0
            for i in range(20):
                with made(net + '1', socket.SOCK_STREAM) as s:
                    s.connect((net + '1', 80))
                    data = b'x' * (i * 700) + b'!'
                    s.sendall(data)
                    sent += len(data)
                    s.shutdown(socket.SHUT_WR)
                    while more := s.recv(1 << 20):
                        received += len(more)
            datagrams = sum(who(net + '1', 80, socket.SOCK_DGRAM) == 'datagrams' for i in range(4))
            denied = sum(who(net + '2', 80) == 'ECONNREFUSED' for i in range(3))
            unserved = sum(who(net + '3', 80) == 'EHOSTUNREACH' for i in range(2))
            failed = sum(who(net + '4', 80) == 'ECONNREFUSED' for i in range(5))
            print(net, sent, received, datagrams, denied, unserved, failed)
        """;
    for (String line : scene.python(text).lines().toList()) {
      String[] counted = line.split(" ", -1);
      String net = counted[0];
      assertThat(counted).endsWith("4", "3", "2", "5");
      String web = labels(net + 1, "tcp");
      await().until(() -> value("sluice_socket_lb_closed_total", web) == 20);
      assertThat(value(GIVEN, web)).isEqualTo(20);
      assertThat(value("sluice_socket_lb_opened_total", web)).isEqualTo(20);
      assertThat(value("sluice_socket_lb_client_sent_bytes_total", web))
          .isEqualTo(Double.parseDouble(counted[1]));
      assertThat(value("sluice_socket_lb_client_received_bytes_total", web))
          .isEqualTo(Double.parseDouble(counted[2]));
      assertThat(value("sluice_socket_lb_duration_seconds_total", web)).isPositive();
      assertThat(value("sluice_socket_lb_round_trip_seconds_total", web)).isPositive();
      assertThat(value(GIVEN, labels(net + 1, "udp"))).isEqualTo(4);
      assertThat(value("sluice_socket_lb_refused_total", labels(net + 2, "tcp", "policy")))
          .isEqualTo(3);
      assertThat(value(GIVEN, labels(net + 2, "tcp"))).isZero();
      assertThat(value("sluice_socket_lb_refused_total", labels(net + 3, "tcp", "no_backend")))
          .isEqualTo(2);
      assertThat(value("sluice_socket_lb_failed_total", labels(net + 4, "tcp"))).isEqualTo(5);
      assertThat(value(GIVEN, labels(net + 4, "tcp"))).isEqualTo(5);
    }
    assertThat(exposed())
        .contains("\nsluice_socket_lb_services 10\n", "\nsluice_socket_lb_services_unlisted 0\n");
    CommandResult checked = Command.of("promtool", "check", "metrics").withInput(exposed()).run();
    assertThat(checked.output() + checked.errors()).isEmpty();
    assertThat(checked.exitCode()).isZero();
  }

  /** A backend that leaves takes nothing with it; a service that goes takes all. */
  @Test
  void fallsOnlyToNothing() throws Exception {
    scene.apply(List.of());
    both(9001, 9002);
    dialBoth(12);
    toldOfBoth(12);
    both(9002);
    toldOfBoth(12);
    dialBoth(3);
    both(9001, 9002);
    toldOfBoth(15);
    scene.apply(List.of());
    assertThat(exposed())
        .contains("\nsluice_socket_lb_services 0\n")
        .doesNotContain("destination_service_name");
    both(9001);
    dialBoth(2);
    toldOfBoth(2);
  }

  private void both(Integer... backends) throws IOException {
    scene.apply(
        SERVICES.stream()
            .map(service -> Sets.of(TransportProtocol.TCP, service, 80, backends))
            .toList());
  }

  private void dialBoth(int times) throws IOException {
    for (String service : SERVICES) {
      dial(service, times);
    }
  }

  private void toldOfBoth(int connections) {
    for (String service : SERVICES) {
      assertThat(value(GIVEN, labels(service, "tcp"))).isEqualTo(connections);
    }
  }

  /** As a change leaves the maps that is killed after each of its steps. */
  @Test
  void tellsTheSameWhereverAChangeIsKilled() throws Exception {
    String web = labels("10.96.0.1", "tcp");
    scene.apply(List.of());
    scene.apply(List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, 9001)));
    dial("10.96.0.1", 7);
    scene.apply(List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, 9002)));
    dial("10.96.0.1", 5);
    assertThat(value(GIVEN, web)).isEqualTo(12);
    try (BpfMap departed = scene.openMap("departed");
        BpfMap counters = scene.openMap("counters")) {
      byte[] set = Objects.requireNonNull(departed.nextKey(null), "a backend has left");
      int backend = backendCounted(counters, numbers(set).getInt(0));
      departed.put(set, numbers(new byte[16]).putLong(12).putInt(backend).array());
      assertThat(value(GIVEN, web)).as("before it was deleted").isEqualTo(12);
      counters.delete(key(numbers(set).getInt(0), backend));
      assertThat(value(GIVEN, web)).as("after that").isEqualTo(12);
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, 9001, 9002)));
      assertThat(value(GIVEN, web)).as("after the next run").isEqualTo(12);
      dial("10.96.0.1", 9);
      assertThat(value(GIVEN, web)).as("numbers that are given again count").isEqualTo(21);
    }
  }

  /** Nobody listens at these backends: all that counts is which was chosen. */
  @Test
  void neverFallsWhileBackendsAreExchanged() throws Exception {
    String web = labels("10.96.0.1", "tcp");
    scene.apply(List.of());
    exchange(0);
    CompletableFuture<Void> changes =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i <= EXCHANGES; i++) {
                exchange(i);
              }
            });
    double last = 0;
    while (!changes.isDone()) {
      double told = values().getOrDefault(GIVEN + web, last);
      assertThat(told).isGreaterThanOrEqualTo(last);
      last = told;
      Thread.sleep(1);
    }
    changes.join();
    assertThat(value(GIVEN, web)).isEqualTo((EXCHANGES + 1) * DIALLED);
  }

  private void exchange(int number) {
    Integer[] others =
        IntStream.range(10_000 + 100 * number, 10_100 + 100 * number)
            .boxed()
            .toArray(Integer[]::new);
    try {
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, others)));
      dial("10.96.0.1", DIALLED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void saysWhenThereIsNothingToRead() throws IOException {
    Exposition out = new Exposition();
    new LoadBalancerMetrics(scene.bpfFileSystem(), CgroupFolder.root()).appendTo(out);
    assertThat(out.toString())
        .endsWith("\nsluice_socket_lb_readable 0\n")
        .doesNotContain("sluice_socket_lb_services");
  }

  private void dial(String service, int times) throws IOException {
    scene.python("for i in range(%d): who('%s', 80)".formatted(times, service));
  }

  private static int backendCounted(BpfMap counters, int set) throws IOException {
    byte[] key = counters.nextKey(null);
    while (key != null) {
      if (numbers(key).getInt(0) == set && numbers(key).getInt(4) != 0) {
        return numbers(key).getInt(4);
      }
      key = counters.nextKey(key);
    }
    throw new IllegalStateException("nothing was counted for set " + set);
  }

  private static byte[] key(int set, int backend) {
    return numbers(new byte[8]).putInt(set).putInt(backend).array();
  }

  private static ByteBuffer numbers(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private static String labels(String service, String protocol) {
    return "{destination_service_name=\"%s\",destination_service_namespace=\"test\","
            .formatted(service)
        + "destination_port=\"80\",request_protocol=\"%s\",family=\"unknown\"}".formatted(protocol);
  }

  private static String labels(String service, String protocol, String reason) {
    return labels(service, protocol).replace("}", ",reason=\"" + reason + "\"}");
  }

  private double value(String name, String labels) {
    Map<String, Double> all = values();
    assertThat(all).containsKey(name + labels);
    return Objects.requireNonNull(all.get(name + labels));
  }

  private Map<String, Double> values() {
    return exposed()
        .lines()
        .filter(line -> line.contains("{"))
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
  }

  private String exposed() {
    Exposition out = new Exposition();
    metrics.appendTo(out);
    return out.toString();
  }
}
