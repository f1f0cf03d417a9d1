// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sluice lb apply --watch} on a folder that is a mounted ConfigMap. */
class WatchIT {
  private static final String SAID = "sluice lb apply: ";

  /** A service, a backend, and two addresses of the node. */
  private static final String IN_FORCE =
      SAID + "1 sets of backends in force, scope all, 4 table entries";

  private static final String FOLLOWING = SAID + "following the files until SIGTERM";
  private static final String STAYS = SAID + "what was in force before stays in force";

  @TempDir private Path folder;
  private Scene scene;
  private int swaps;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open("watch");
    scene.backends(
        List.of(
            "tcp:" + Scene.SERVER_V4 + ":9001:one", "tcp:" + Scene.SERVER_V4 + ":9002:two",
            "tcp:" + Scene.SERVER_V6 + ":9001:one", "tcp:" + Scene.SERVER_V6 + ":9002:two"));
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }

  @ParameterizedTest
  @CsvSource({"10.96.0.1, " + Scene.SERVER_V4, "fd96::1, " + Scene.SERVER_V6})
  void appliesWhatChangesAndKeepsWhatIsGood(String service, String server) throws Exception {
    swap(ServiceYaml.web(service, server, 9001));
    try (Child watching = watching();
        Child open = scene.startClient("client.py", open(service))) {
      watching.expectLine(IN_FORCE);
      watching.expectLine(FOLLOWING);
      assertThat(who(service)).isEqualTo("one");
      open.writeLine("connect");
      open.expectLine("one");

      swap(ServiceYaml.web(service, server, 9002));
      watching.expectLine(IN_FORCE);
      assertThat(watching.readLine()).startsWith(SAID + "ended TCP ").contains(":9001");
      assertThat(who(service)).isEqualTo("two");

      String bad = "kind: Service\nspec: {nonsense: 1}\n";
      swap(bad);
      String problem = watching.readLine();
      assertThat(problem).startsWith(SAID + folder.resolve("a.yaml") + ":");
      while (!problem.equals(STAYS)) {
        assertThat(problem).contains("a.yaml:");
        problem = watching.readLine();
      }
      assertThat(who(service)).isEqualTo("two");
      swap(bad);
      swap(ServiceYaml.web(service, server, 9001));
      watching.expectLine(IN_FORCE);
      assertThat(who(service)).isEqualTo("one");

      String total = "\nsluice_socket_lb_connections_total{destination_service_name=\"web\",";
      String counted = stats();
      assertThat(counted.substring(counted.indexOf(total) + total.length()))
          .as("two backends, one of them again")
          .startsWith(
              "destination_service_namespace=\"default\",destination_port=\"80\","
                  + "request_protocol=\"tcp\",family=\"%s\"} 5\n"
                      .formatted(service.contains(":") ? "IPv6" : "IPv4"));
      assertThat(watching.terminate()).isZero();
      assertThat(who(service)).as("goes on by itself").isEqualTo("one");
    }
  }

  @Test
  void doesNotBringBackWhatWasUninstalled() throws Exception {
    swap(ServiceYaml.web("10.96.0.1", Scene.SERVER_V4, 9001));
    try (Child watching = watching()) {
      watching.expectLine(IN_FORCE);
      watching.expectLine(FOLLOWING);
      Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", "" + scene.bpfFileSystem())
          .runOrThrow();
      swap(ServiceYaml.web("10.96.0.1", Scene.SERVER_V4, 9002));
      watching.expectLine(SAID + "the load balancer was uninstalled meanwhile; it stays so");
      assertThat(watching.awaitEnd()).isEqualTo(1);
    }
    assertThat(scene.bpfFileSystem().resolve("sluice")).doesNotExist();
  }

  @Test
  void endsAtOnceWhenTheFirstFilesAreWrong() throws Exception {
    swap("kind: Service\n");
    try (Child watching = watching()) {
      assertThat(watching.readLine()).startsWith(SAID + folder.resolve("a.yaml") + ":");
      assertThat(watching.awaitEnd()).isEqualTo(1);
    }
    assertThat(scene.bpfFileSystem().resolve("sluice")).doesNotExist();
  }

  private Child watching() throws IOException {
    return Child.start(
        Command.of(
            "sh",
            "-c",
            "exec \"$0\" \"$@\" 2>&1",
            Checkout.script("sluice"),
            "lb",
            "apply",
            "-f",
            "" + folder,
            "--watch",
            "--stats-port",
            "15020",
            "--cgroup",
            "" + scene.cgroup(),
            "--bpf-fs",
            "" + scene.bpfFileSystem()),
        scene.clientNamespace(),
        "");
  }

  private static String open(String service) {
    return """
    sys.stdin.readline()
    s = made('%s', socket.SOCK_STREAM)
    s.connect(('%s', 80))
    print(ask(s))
    sys.stdin.readline()
    """
        .formatted(service, service);
  }

  private String stats() throws IOException {
    return Command.of("curl", "-sS", "http://127.0.0.1:15020/stats/prometheus")
        .inNetworkNamespace(scene.clientNamespace())
        .runOrThrow();
  }

  private String who(String service) throws IOException {
    return scene.python("print(who('%s', 80))".formatted(service));
  }

  /** As the kubelet does it. */
  private void swap(String yaml) throws IOException {
    Path data = Files.createDirectory(folder.resolve("..data-" + ++swaps));
    Files.writeString(data.resolve("a.yaml"), yaml);
    Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), data.getFileName());
    Files.move(link, folder.resolve("..data"), ATOMIC_MOVE);
    Path file = folder.resolve("a.yaml");
    if (!Files.isSymbolicLink(file)) {
      Files.createSymbolicLink(file, Path.of("..data/a.yaml"));
    }
  }
}
