// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One pod whose questions are captured. {@code dig} takes an answer only from the address that it
 * asked, so every answer by UDP shows that conntrack turned the address back.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DnsCaptureIT {
  private static final String WEB = "web.shop.svc.cluster.local";
  private static final int HTTP_PORT = 8085;
  private static final String SERVICES =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 8085}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: plain, namespace: other}
      spec:
        clusterIP: 10.96.0.99
        ports: [{port: 80}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: db, namespace: shop}
      spec:
        clusterIP: None
        ports: [{port: 5432}]
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
      addressType: IPv4
      ports: [{port: 5432}]
      endpoints:
      - {addresses: [10.1.0.1]}
      - {addresses: [10.1.0.2]}
      - {addresses: [10.1.0.3], conditions: {ready: false}}
      """;

  private Mesh mesh;
  private NameServer nameServer;
  private LabProcess httpServer;
  private ProxyUnderTest proxy;

  @BeforeAll
  void start() throws IOException {
    mesh = Mesh.build();
    nameServer = NameServer.start(mesh);
    httpServer =
        mesh.start(
            Party.SERVER,
            RunAs.ROOT,
            List.of("python3", "-u", "-m", "http.server", "" + HTTP_PORT, "--bind", "::"));
    httpServer.awaitLine("Serving HTTP", Duration.ofSeconds(20));
    mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT, "--redirect-dns", "--capture-all-dns");
    proxy = startProxy();
  }

  /** Without --dns-upstream: the name server is the one of the pod's resolv.conf. */
  private ProxyUnderTest startProxy() throws IOException {
    Path folder = mesh.folder();
    Path services = Files.writeString(folder.resolve("services.yaml"), SERVICES);
    Path log = folder.resolve("access.log");
    List<String> line =
        new ArrayList<>(
            List.of("setpriv", "--reuid", "1337", "--regid", "1337", "--clear-groups", "--"));
    line.addAll(
        ProxyUnderTest.command(
            mesh,
            InterceptionMode.REDIRECT,
            List.of("-f", services.toString(), "--dns-port", "15053", "--access-log", "" + log)));
    Resolving pod = Resolving.over(mesh, Family.IPV4);
    return ProxyUnderTest.start(
        mesh, Party.CLIENT, RunAs.ROOT, log, List.of(pod.within(line.toArray(String[]::new))));
  }

  @AfterAll
  void stop() throws IOException {
    try (Mesh all = mesh;
        NameServer names = nameServer;
        LabProcess http = httpServer;
        ProxyUnderTest last = proxy) {
      assertThat(last.stop())
          .as("the last line of the proxy")
          .containsKeys("dns_queries", "dns_answered", "dns_forwarded")
          .containsEntry("dns_failed", "0")
          .containsEntry("dns_refused", "0");
      assertThat(List.of(all, names, http)).doesNotContainNull();
    }
  }

  @Test
  void saysWhatItServes() {
    assertThat(proxy.said())
        .filteredOn(line -> line.contains("listening"))
        .singleElement()
        .asString()
        .endsWith(", DNS 15053 (services: 3), all else to 10.7.2.2:53");
  }

  @ParameterizedTest
  @EnumSource
  void answersForServicesByUdpAndTcp(Family family) throws IOException {
    Resolving pod = Resolving.over(mesh, family);
    for (String transport : List.of("+notcp", "+tcp")) {
      assertThat(pod.dig(transport, WEB, "A")).containsExactly("10.96.0.10");
      assertThat(pod.dig(transport, WEB, "AAAA")).containsExactly("fd00:10:96::10");
      assertThat(pod.dig(transport, "db.shop", "A")).containsExactly("10.1.0.1", "10.1.0.2");
      assertThat(pod.dig(transport, "plain.other", "A")).containsExactly("10.96.0.99");
      assertThat(pod.digInFull(transport, "plain.other.svc", "AAAA"))
          .contains("status: NOERROR", "ANSWER: 0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void passesOnWhatIsNoService(Family family) throws IOException {
    Resolving pod = Resolving.over(mesh, family);
    for (String transport : List.of("+notcp", "+tcp")) {
      assertThat(pod.dig(transport, NameServer.NAME, "A")).containsExactly(NameServer.V4);
      assertThat(pod.dig(transport, NameServer.NAME, "AAAA")).containsExactly(NameServer.V6);
      assertThat(pod.digInFull(transport, "web.other.svc.cluster.local"))
          .contains("status: NXDOMAIN");
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesLargeAnswersByTcp(Family family) throws IOException {
    Resolving pod = Resolving.over(mesh, family);
    for (List<String> size : List.of(List.of("+noedns"), List.of("+bufsize=1232"))) {
      String[] question =
          Stream.concat(size.stream(), Stream.of(NameServer.BIG, "A")).toArray(String[]::new);
      assertThat(pod.digInFull(question))
          .contains("Truncated, retrying in TCP mode", "ANSWER: " + NameServer.BIG_ADDRESSES);
    }
    assertThat(pod.digInFull("+notcp", "+ignore", "+bufsize=512", NameServer.BIG, "A"))
        .containsPattern("flags: qr [a-z ]*tc");
  }

  @ParameterizedTest
  @EnumSource
  void servesTheLibraryWithItsSearchList(Family family) throws IOException {
    Resolving pod = Resolving.over(mesh, family);
    for (String name : List.of("web", "web.shop", "web.shop.svc", WEB, WEB + ".")) {
      assertThat(pod.run("getent", "ahostsv4", name)).as(name).contains("10.96.0.10");
      assertThat(pod.run("getent", "ahostsv6", name)).as(name).contains("fd00:10:96::10");
    }
    assertThat(pod.run("getent", "ahosts", NameServer.NAME)).contains(NameServer.V4, NameServer.V6);
    assertThat(pod.attempt("getent", "ahosts", "nobody").exitCode()).as("not found").isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void servesJava(Family family) throws IOException {
    Resolving pod = Resolving.over(mesh, family);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String[] line = {
      java,
      "-cp",
      System.getProperty("java.class.path"),
      Lookup.class.getName(),
      "web",
      NameServer.NAME
    };
    assertThat(pod.run(line).lines())
        .containsExactly("10.96.0.10 fd00:10:96::10", NameServer.V4 + " " + NameServer.V6);
  }

  /** The name leads to the service IP, and the connection through the proxy like any other. */
  @ParameterizedTest
  @EnumSource
  void servesCurl(Family family) throws Exception {
    String serviceIp = AddressText.of(family.serviceIp());
    Resolving pod = Resolving.over(mesh, family);
    String option = family == Family.IPV4 ? "-4" : "-6";
    String url = "http://" + WEB + ":" + HTTP_PORT + "/";
    assertThat(pod.run("curl", "-sS", option, "-o", "/dev/null", "-w", "%{remote_ip}", url))
        .isEqualTo(serviceIp);
    assertThat(proxy.records())
        .as("only the connection has a line, and not the question")
        .allSatisfy(line -> assertThat(line.get("original_destination")).endsWith(":" + HTTP_PORT));
  }
}
