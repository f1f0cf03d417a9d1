// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who gets at the admin port, and proxies that their owner ends over the socket. */
final class AdminReachIT {
  /** In this mode the proxy brings whoever dials the pod to loopback, where the port is. */
  @Test
  void isOutOfReachForOtherPodsAndEndsWhenItsOwnerSaysSo() throws Exception {
    try (Mesh mesh = Mesh.build(Party.SERVER, InterceptionMode.TPROXY)) {
      Path socket = mesh.folder().resolve("admin.sock");
      String pod = Party.SERVER.address(Family.IPV4).getHostAddress();
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(
              mesh, Party.SERVER, InterceptionMode.TPROXY, "--admin-socket=" + socket)) {
        CommandResult remote =
            mesh.attempt(Party.CLIENT, "curl", "-s", "http://" + pod + ":15000/config_dump");
        assertThat(remote.output()).isEmpty();
        proxy.awaitUpstream("127.0.0.1:15000");

        assertThat(ctl(mesh, socket, "drain").output()).startsWith("draining: 0");
        assertThat(ctl(mesh, socket, "ready").errors()).contains("says: 503 draining");
        assertThat(ctl(mesh, socket, "quit").output()).isEqualTo("ending\n");
        assertThat(proxy.awaitEnd()).isZero();
        assertThat(socket).doesNotExist();
        CommandResult late = ctl(mesh, socket, "ready");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.errors().lines().filter(line -> line.startsWith("sluice ctl: asking ")))
            .hasSize(1);
        assertThat(late.errors()).doesNotContain("Exception");
      }
    }
  }

  @Test
  void drainsAndEndsForCurlToo() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      Path socket = mesh.folder().resolve("admin.sock");
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(
              mesh, Party.SERVER, InterceptionMode.REDIRECT, "--admin-socket=" + socket)) {
        assertThat(curl(mesh, socket, "GET", "/ready")).isEqualTo("200 ready\n");
        assertThat(curl(mesh, socket, "POST", "/drain")).startsWith("200 draining: 0");
        assertThat(curl(mesh, socket, "GET", "/ready")).startsWith("503 draining");
        assertThat(mesh.in(Party.SERVER, "ss", "-Hltn", "sport = :15006 or sport = :15001"))
            .isEmpty();
        assertThat(curl(mesh, socket, "POST", "/quitquitquit")).isEqualTo("200 ending\n");
        assertThat(proxy.awaitEnd()).isZero();
        assertThat(socket).doesNotExist();
      }
    }
  }

  /** The status and the text. */
  private static String curl(Mesh mesh, Path socket, String method, String path)
      throws IOException {
    String answer =
        mesh.in(
            Party.SERVER,
            "curl",
            "-s",
            "-w",
            "\n%{http_code}",
            "--unix-socket",
            socket.toString(),
            "-X",
            method,
            "http://localhost" + path);
    int end = answer.lastIndexOf('\n');
    return answer.substring(end + 1) + " " + answer.substring(0, end);
  }

  private static CommandResult ctl(Mesh mesh, Path socket, String question) throws IOException {
    return mesh.attempt(Party.SERVER, mesh.launcher(), "ctl", "--admin-socket=" + socket, question);
  }
}
