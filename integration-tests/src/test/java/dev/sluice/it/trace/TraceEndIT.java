// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.SystemCallFilter;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a trace, and what it says when it can't be made. */
final class TraceEndIT {
  /** Nobody has that address in the lab: a SYN to it gets no answer. */
  private static final String SILENT = "10.7.1.77:80";

  @Test
  void leavesNoTableEvenWhenItIsKilled() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      LabProcess trace =
          mesh.start(
              Party.CLIENT,
              RunAs.ROOT,
              List.of(mesh.launcher(), "trace", "--to", SILENT, "--limit", "30s"));
      await().atMost(Duration.ofSeconds(20)).until(() -> tables(mesh).contains("sluice_trace_"));

      Command.of("kill", "-KILL", Long.toString(trace.pid())).runOrThrow();

      await().atMost(Duration.ofSeconds(10)).until(() -> tables(mesh).isEmpty());
    }
  }

  @Test
  void endsWithAFailureAndNoTableWhenNobodyAnswers() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      CommandResult result =
          mesh.attempt(
              Party.CLIENT, mesh.launcher(), "trace", "--json", "--to", SILENT, "--limit", "500ms");

      assertThat(result.exitCode()).isEqualTo(1);
      TracedPath path = TracedPath.parse(result.output());
      assertThat(path.only("connected"))
          .containsEntry("connected", "false")
          .containsEntry("outcome", "ETIMEDOUT (110)");
      assertThat(path.all("packet").getFirst()).containsEntry("destination", SILENT);
      assertThat(tables(mesh)).isEmpty();
    }
  }

  @Test
  void dialsAServiceByItsName() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4)) {
      Path file = mesh.folder().resolve("services.yaml");
      Files.writeString(
          file,
          """
          apiVersion: v1
          kind: Service
          metadata: {name: reviews, namespace: shop}
          spec:
            clusterIP: %1$s
            clusterIPs: [%1$s]
            ports: [{port: %2$d}]
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: twice, namespace: one}
          spec:
            clusterIP: 10.96.0.101
            clusterIPs: [10.96.0.101]
            ports: [{port: 1}]
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: twice, namespace: two}
          spec:
            clusterIP: 10.96.0.102
            clusterIPs: [10.96.0.102]
            ports: [{port: 2}]
          """
              .formatted(Family.IPV4.serviceIp().getHostAddress(), server.port()));
      String serviceIp = Family.endpoint(Family.IPV4.serviceIp(), server.port());

      for (String name : List.of("reviews", "reviews.shop", "shop/reviews")) {
        TracedPath path =
            TracedPath.to(mesh, name + ":" + server.port(), "--file", file.toString());

        assertThat(path.only("connect")).containsEntry("destination", serviceIp);
        assertThat(path.only("server"))
            .containsEntry("local", serviceIp)
            .containsEntry("peer", server.peer());
      }
      assertThat(complaint(mesh, "reviews:9", file))
          .isEqualTo(
              "sluice trace: --to 'reviews:9': service shop/reviews has no such port of TCP;"
                  + " expected one of [%d]\n".formatted(server.port()));
      assertThat(complaint(mesh, "twice:1", file))
          .isEqualTo(
              "sluice trace: --to 'twice': that is one/twice and two/twice; expected one of them,"
                  + " as NAMESPACE/NAME\n");
      assertThat(complaint(mesh, "shop/twice:1", file))
          .isEqualTo(
              "sluice trace: --to 'shop/twice': no such service in --file or in the socket load"
                  + " balancer\n");
    }
  }

  private static String complaint(Mesh mesh, String to, Path file) throws Exception {
    CommandResult result =
        mesh.attempt(Party.CLIENT, mesh.launcher(), "trace", "--to", to, "--file", file.toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    return result.errors();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--to nobody|2|--to 'nobody'; expected NAME:PORT, ADDRESS:PORT, or [ADDRESS]:PORT for IPv6",
        "--to 10.1:80|2|--to '10.1:80'; expected NAME:PORT, ADDRESS:PORT, or [ADDRESS]:PORT",
        "--to 10.7.1.1:70000|2|--to '10.7.1.1:70000'; expected",
        "--to no.such.name.invalid:80|1|looking up 'no.such.name.invalid' of --to: no address",
        "--to 10.7.1.1:80 --netns no-such|1|network namespace /run/netns/no-such: there is none",
        "--to 10.7.1.1:80 --through no-such|1|network namespace /run/netns/no-such: there is none",
        "--to 10.7.1.1:80 --pid 4194304|1|process 4194304: there is none; it may have ended",
        "--to 10.7.1.1:80 --pid x|2|--pid 'x'; expected the number of a process",
        "--to 10.7.1.1:80 --pid 1 --netns a|",
        "--to 10.7.1.1:80 --uid -1|2|--uid '-1'; expected 0 to 4294967294",
        "--to 10.7.1.1:80 --cgroup /no/such|1|/no/such",
      })
  void saysInOneLineWhatItCannotDo(String expectation) throws Exception {
    String[] parts = expectation.split("\\|", -1);
    try (Mesh mesh = Mesh.build()) {
      CommandResult result =
          mesh.attempt(Party.CLIENT, (mesh.launcher() + " trace " + parts[0]).split(" ", -1));

      assertThat(result.exitCode()).isNotZero();
      assertThat(result.output()).isEmpty();
      assertThat(result.errors().lines()).hasSize(1);
      assertThat(result.errors()).startsWith("sluice trace: ");
      if (parts.length > 2) {
        assertThat(result.exitCode()).isEqualTo(Integer.parseInt(parts[1]));
        assertThat(result.errors()).contains(parts[2]);
      }
    }
  }

  /** AF_NETLINK, NETLINK_NETFILTER and EPROTONOSUPPORT, as a kernel without nfnetlink has it. */
  @Test
  void saysWhatTheKernelLacks() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      List<String> words = new ArrayList<>(SystemCallFilter.refusingSocket(16, 12, 93));
      words.addAll(List.of(mesh.launcher(), "trace", "--to", "10.7.2.2:80"));
      CommandResult result = mesh.attempt(Party.CLIENT, words.toArray(String[]::new));

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.output()).isEmpty();
      assertThat(result.errors())
          .isEqualTo(
              "sluice trace: tracing packets in this process's network namespace:"
                  + " socket(NETLINK_NETFILTER) to trace packets: EPROTONOSUPPORT (93): this"
                  + " kernel has no nfnetlink (CONFIG_NETFILTER_NETLINK); expected Linux 5.12 or"
                  + " later with nftables\n");
    }
  }

  @Test
  void saysWhichCapabilitiesItLacks() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      CommandResult result =
          mesh.attempt(
              Party.CLIENT,
              "setpriv",
              "--reuid",
              "1000",
              "--clear-groups",
              mesh.launcher(),
              "trace",
              "--to",
              "10.7.2.2:80");

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.errors())
          .isEqualTo(
              "sluice trace: tracing packets and looking into network namespaces needs"
                  + " CAP_NET_ADMIN and CAP_SYS_ADMIN; missing: CAP_NET_ADMIN, CAP_SYS_ADMIN\n");
    }
  }

  private static String tables(Mesh mesh) throws IOException {
    return mesh.in(Party.CLIENT, "nft", "list", "tables");
  }
}
