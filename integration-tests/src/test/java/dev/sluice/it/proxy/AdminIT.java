// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators ask a running proxy, with curl and {@code sluice ctl}, and whom it answers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AdminIT {
  private static final String ADMIN = "http://127.0.0.1:15000";
  private static final int COUNT = 5;

  private static final String OWN =
      "reporter=\"source\",source_workload=\"web\",source_workload_namespace=\"shop\","
          + "source_service_account=\"web-account\",source_cluster=\"east\",";
  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger, namespace: bank}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 8082}]
      """;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
  private final Path folder = mesh.folder();
  private final Path socket = folder.resolve("admin.sock");
  private final Path policy = folder.resolve("mesh.yaml");
  private final ProxyUnderTest proxy;

  AdminIT() throws Exception {
    Files.writeString(policy, POLICY);
    this.proxy =
        ProxyUnderTest.start(
            mesh,
            Party.CLIENT,
            RunAs.PROXY,
            folder.resolve("access.log"),
            inPod(
                ProxyUnderTest.command(
                    mesh,
                    InterceptionMode.REDIRECT,
                    List.of(
                        "--access-log",
                        folder.resolve("access.log").toString(),
                        "-f",
                        policy.toString(),
                        "--admin-socket",
                        socket.toString(),
                        "--dns-port=15053"))));
  }

  /** With what Istio's injector has the kubelet set. */
  private static List<String> inPod(List<String> command) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "POD_NAME=web-5d8f-x1",
                "POD_NAMESPACE=shop",
                "INSTANCE_IP=10.7.1.2",
                "SERVICE_ACCOUNT=web-account",
                "ISTIO_META_OWNER=kubernetes://apis/apps/v1/namespaces/shop/deployments/web",
                "ISTIO_META_CLUSTER_ID=east",
                "ISTIO_META_MESH_ID=",
                "ISTIO_META_NODE_NAME=node-1"));
    words.addAll(command);
    return words;
  }

  /** The thread of the server is there before a test counts descriptors. */
  @BeforeAll
  void warmUp() throws Exception {
    assertThat(curl(ADMIN + "/ready")).isEqualTo("ready\n");
  }

  @AfterAll
  void close() throws Exception {
    proxy.close();
    mesh.close();
  }

  @ParameterizedTest
  @CsvSource({
    "config_dump, config, bank/ledger",
    "clusters, clusters, clusters",
    "listeners, listeners, 15001",
    "connections, connections, open",
    "stats, stats, sluice_connections_open 0",
    "ready, ready, ready",
    "logging, logging, access.log"
  })
  void answersCurlAndCtlAlike(String path, String question, String expected) throws Exception {
    String byPort = curl(ADMIN + "/" + path);
    assertThat(byPort).contains(expected);
    assertThat(curl("--unix-socket", socket.toString(), "http://localhost/" + path))
        .isEqualTo(byPort);
    assertThat(ctl(question).output()).isEqualTo(byPort);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /drain, 405, POST",
    "GET, /quitquitquit, 405, POST",
    "PUT, /logging, 405, 'GET, POST'",
    "POST, /stats, 405, GET",
    "POST, /logging, 400, access_log=reopen",
    "GET, /nothing, 404, /config_dump"
  })
  void refusesWhatItDoesNotDo(String method, String path, int status, String expected)
      throws Exception {
    String answer = curl("-i", "-X", method, ADMIN + path);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains(expected);
    assertThat(curl("http://127.0.0.1:15021/healthz/ready")).isEqualTo("ready\n");
  }

  @Test
  void tellsNoWebPageThatBroughtItsOwnName() throws Exception {
    assertThat(curl("-i", "-H", "Host: evil.example:15000", ADMIN + "/config_dump"))
        .startsWith("HTTP/1.1 403 ")
        .doesNotContain("ledger");
    assertThat(curl("-i", "-X", "POST", "-H", "Origin: http://evil.example", ADMIN + "/drain"))
        .startsWith("HTTP/1.1 403 ");
    assertThat(curl("-H", "Host: localhost:15000", ADMIN + "/config_dump")).contains("ledger");
  }

  @Test
  void letsRootAndItsOwnUserAndItsGroupAskAtTheSocketAndNobodyElse() throws Exception {
    assertThat(Files.getAttribute(socket, "unix:mode")).isEqualTo(0140660);
    assertThat(Files.getAttribute(socket, "unix:gid")).isEqualTo(1337);
    assertThat(as("1337", "4711")).contains("bank/ledger");
    assertThat(as("4711", "1337")).contains("bank/ledger");
    Files.setAttribute(socket, "unix:mode", 0140666);
    assertThat(as("4711", "4711")).doesNotContain("ledger");
    Files.setAttribute(socket, "unix:mode", 0140660);
    await().until(() -> proxy.said().stream().anyMatch(line -> line.contains("refused process")));
    assertThat(proxy.said())
        .anyMatch(line -> line.contains("of user 4711 and group 4711; expected user 0 or 1337"));
  }

  private String as(String user, String group) throws IOException {
    return mesh.attempt(
            Party.CLIENT,
            "setpriv",
            "--reuid=" + user,
            "--regid=" + group,
            "--clear-groups",
            "curl",
            "-s",
            "--unix-socket",
            socket.toString(),
            "http://localhost/config_dump")
        .output();
  }

  @Test
  void answersWhileOthersAskAndNeverFinish() throws Exception {
    List<SocketChannel> slow = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      InetSocketAddress status = new InetSocketAddress(Family.IPV4.loopback(), 15021);
      SocketChannel channel = mesh.socket(Party.CLIENT, status);
      channel.connect(status);
      new Wire(channel).send((byte) 'G');
      slow.add(channel);
    }
    assertThat(curl("http://127.0.0.1:15021/healthz/ready")).isEqualTo("ready\n");
    assertThat(proxy.openedDescriptors()).isLessThanOrEqualTo(24);
    for (SocketChannel channel : slow) {
      channel.close();
    }
  }

  /** In the log too: the other places are for those who look later. */
  @Test
  void tellsWhatIsWrongWithTheFilesAndWhatStaysInForce() throws Exception {
    assertThat(curl(ADMIN + "/stats")).contains("\nsluice_configuration_files_good 1\n");
    Files.writeString(policy, "kind: Nonsense\n");
    await().until(() -> curl(ADMIN + "/stats").contains("\nsluice_configuration_files_good 0\n"));
    assertThat(curl(ADMIN + "/stats")).contains("\nsluice_configuration_rejected_total 1\n");
    assertThat(curl(ADMIN + "/config_dump"))
        .contains("\"rejected\":1", policy.toString(), "bank/ledger");
    assertThat(proxy.said()).anyMatch(line -> line.contains(policy + ":"));
    Files.writeString(policy, POLICY);
    await().until(() -> curl(ADMIN + "/stats").contains("\nsluice_configuration_files_good 1\n"));
    assertThat(curl(ADMIN + "/config_dump")).contains("\"problems\":[]");
  }

  /** A query for the service's name, and something that is none. */
  @Test
  void countsQuestionsOfDns() throws Exception {
    mesh.in(
        Party.CLIENT,
        "python3",
        "-c",
        """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(5)
        name = b"".join(bytes([len(x)]) + x for x in b"ledger bank svc cluster local".split()) + b"\\0"
        s.sendto(b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + name + b"\\0\\1\\0\\1", ("127.0.0.1", 15053))
        s.recv(512)
        """);
    assertThat(curl(ADMIN + "/stats"))
        .contains("\nsluice_dns_queries_total 1\n")
        .contains("\nsluice_dns_results_total{result=\"answered\"} 1\n");
  }

  @Test
  void countsWhatTheClientsCountAndPromtoolUnderstandsIt() throws Exception {
    for (Family family : Family.values()) {
      InetSocketAddress service = new InetSocketAddress(family.serviceIp(), 8082);
      // All lines that follow are looked for in the new file.
      moveTheLogAway(family == Family.IPV4);
      try (ServerSocketChannel listener = mesh.listen(Party.SERVER, service)) {
        for (int i = 0; i < COUNT; i++) {
          Pair pair = Pair.of(mesh.connect(Party.CLIENT, service), listener);
          pair.exchange(1000, 70_000);
          assertThat(curl(ADMIN + "/connections"))
              .contains("\"bytes_sent\":70000", pair.client().local(), "\"open\":1");
          pair.hangUp();
          assertThat(proxy.record(pair.client()))
              .containsEntry("pod", "shop/web-5d8f-x1")
              .containsEntry("source_workload", "web")
              .containsEntry("source_workload_namespace", "shop")
              .containsEntry("source_service_account", "web-account")
              .containsEntry("source_cluster", "east");
        }
      }
    }
    String metrics = curl("http://127.0.0.1:15020/stats/prometheus");
    assertThat(metrics).isEqualTo(curl("http://[::1]:15020/stats/prometheus"));
    assertThat(total(metrics, "istio_tcp_connections_opened_total")).isEqualTo(2 * COUNT);
    assertThat(total(metrics, "istio_tcp_connections_closed_total")).isEqualTo(2 * COUNT);
    assertThat(total(metrics, "istio_tcp_received_bytes_total")).isEqualTo(2 * COUNT * 1000);
    assertThat(total(metrics, "istio_tcp_sent_bytes_total")).isEqualTo(2 * COUNT * 70_000);
    assertThat(metrics)
        .contains(
            "\nsluice_intercepted_connections_total{direction=\"outbound\",mode=\"redirect\"} "
                + 2 * COUNT
                + "\n")
        .contains("\nsluice_connections_accepted_total " + 2 * COUNT + "\n")
        .contains("\nsluice_connections_open 0\n")
        .contains("\nsluice_relay_pipes_open 0\n")
        .contains("\nsluice_metrics_overflow_total 0\n")
        .contains(
            "\nsluice_workload_info{workload=\"web\",workload_namespace=\"shop\","
                + "service_account=\"web-account\",cluster=\"east\",pod=\"shop/web-5d8f-x1\","
                + "instance_ip=\"10.7.1.2\",node=\"node-1\",mesh=\"\"} 1\n");
    CommandResult checked = Command.of("promtool", "check", "metrics").withInput(metrics).run();
    assertThat(checked.output() + checked.errors()).isEmpty();
    assertThat(checked.exitCode()).isZero();
  }

  private void moveTheLogAway(boolean byCurl) throws IOException {
    String logging = curl(ADMIN + "/logging");
    Path log = Path.of(logging.replaceAll(".*\"(/[^\"]+access\\.log)\".*\\s*", "$1"));
    Path moved = Files.move(log, log.resolveSibling("access.log." + byCurl));
    assertThat(log).doesNotExist();
    String answer =
        byCurl ? curl("-X", "POST", ADMIN + "/logging?access_log=reopen") : ctl("reopen").output();
    assertThat(answer).isEqualTo(logging);
    long before = Files.size(moved);
    await().until(() -> Files.exists(log));
    assertThat(moved).hasSize(before);
  }

  private static long total(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + "{" + OWN) && line.contains("=\"ledger.bank.svc."))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String curl(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("curl", "-sg", "--max-time", "10"));
    command.addAll(List.of(words));
    return mesh.in(Party.CLIENT, command.toArray(String[]::new));
  }

  private CommandResult ctl(String... words) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(mesh.launcher(), "ctl", "--admin-socket", socket.toString()));
    command.addAll(List.of(words));
    return mesh.attempt(Party.CLIENT, command.toArray(String[]::new));
  }

  @Test
  void controlsForPrograms() throws IOException {
    assertThat(ctl("--json", "ready").output()).isEqualTo("{\"status\":200,\"text\":\"ready\"}\n");
    assertThat(ctl("--json", "listeners").output()).isEqualTo(ctl("listeners").output());
    assertThat(ctl("--json", "stats").output())
        .startsWith("{\"status\":200,\"text\":\"# HELP ")
        .endsWith("\"}\n");
  }
}
