// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units below scripts/systemd, and what they rely on. */
class SystemdUnitsIT {
  /** Is the service manager for one command: says what it is told, then ends the command. */
  private static final String MANAGER =
      """
      import os, socket, subprocess, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1])
      s.settimeout(30)
      p = subprocess.Popen(sys.argv[2:], env={**os.environ, 'NOTIFY_SOCKET': sys.argv[1]})
      try:
          print(s.recv(4096).decode())
      finally:
          p.terminate()
      sys.exit(p.wait())
      """;

  private static final String SERVICE =
      "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b}, spec: {clusterIP:"
          + " 10.96.0.9, ports: [{port: 80, protocol: TCP}]}}";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sluice-lb.service", "sluice-node.service"})
  void areAccepted(String unit) throws IOException {
    String text = Files.readString(Path.of(Checkout.script("systemd/" + unit)));
    assertThat(text).contains("ExecStart=/opt/sluice/scripts/sluice ");
    Path here =
        Files.writeString(
            folder.resolve(unit), text.replace("/opt/sluice/", Checkout.home() + "/"));

    CommandResult verified =
        Command.of("systemd-analyze", "verify", "--man=no", here.toString()).run();
    assertThat(verified.succeeded()).as(verified.errors()).isTrue();
    assertThat(verified.errors()).doesNotContain(unit);
  }

  @Test
  void areToldWhenServicesAreInForce() throws IOException {
    Path services = Files.writeString(folder.resolve("services.yaml"), SERVICE);
    try (TestBpfFileSystem bpf = TestBpfFileSystem.mount();
        TestCgroup cgroup = TestCgroup.create("systemd")) {
      CommandResult result =
          Command.of(
                  "/usr/bin/python3",
                  "-c",
                  MANAGER,
                  folder.resolve("notify").toString(),
                  Checkout.script("sluice"),
                  "lb",
                  "apply",
                  "--watch",
                  "-f",
                  services.toString(),
                  "--cgroup",
                  cgroup.path().toString(),
                  "--bpf-fs",
                  bpf.path().toString())
              .withTimeout(Duration.ofSeconds(50))
              .run();
      assertThat(result.output()).as(result.errors()).contains("READY=1");
      assertThat(result.succeeded()).as(result.errors()).isTrue();
    }
  }

  @Test
  void areToldWhenTheNodesProxyServes() throws IOException {
    CommandResult result =
        Command.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                "ip link set lo up && exec \"$0\" \"$@\"",
                "/usr/bin/python3",
                "-c",
                MANAGER,
                folder.resolve("notify").toString(),
                Checkout.script("sluice"),
                "node",
                "--pod=netns:nobody",
                "--admin-socket=none",
                "--status-socket=" + folder.resolve("node.sock"))
            .withTimeout(Duration.ofSeconds(50))
            .run();
    assertThat(result.output()).as(result.errors()).contains("READY=1");
    assertThat(result.succeeded()).as(result.errors()).isTrue();
    assertThat(result.errors()).contains("sluice node: serving, ");
  }
}
