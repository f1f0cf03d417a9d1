// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.sluice.inject.Injector;
import dev.sluice.inject.Sidecar;
import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The shipped sidecar: its containers are really started, as its manifest says. */
class SidecarContainerIT {
  @TempDir private static Path folder;
  private static UnpackedImage image = new UnpackedImage(Path.of(""), Map.of(), List.of());

  @BeforeAll
  static void unpack() throws IOException {
    image = UnpackedImage.below(folder);
  }

  private static Manifest shipped(Sidecar.Mode mode) throws IOException {
    String folder = mode == Sidecar.Mode.REDIRECT ? "sidecar/base" : "sidecar/overlays/tproxy";
    return Manifest.kustomized(folder, "Deployment");
  }

  @ParameterizedTest
  @EnumSource
  void isWhatInjectMakesOfTheWorkload(Sidecar.Mode mode) throws IOException {
    String workload =
        Files.readString(Path.of(Checkout.script("kubernetes/sidecar/workload.yaml")));
    String injected =
        new Injector(new Sidecar(mode, "sluice:0.1.0")).inject("workload.yaml", workload).yaml();

    assertThat(shipped(mode).document()).isEqualTo(Manifest.of(injected).document());
  }

  @ParameterizedTest
  @EnumSource
  void servesAPodWithWhatItsManifestAllows(Sidecar.Mode mode) throws Exception {
    Manifest manifest = shipped(mode);
    Manifest.Container proxy = manifest.container("sluice-proxy");
    try (PodNetwork network = PodNetwork.open()) {
      initialise(manifest.container("sluice-init"), Box.Place.in(network.path()));
      Box.Place place = place(proxy, network);
      try (Box running = Box.start(image, proxy, proxy.capabilities(), place)) {
        running.awaitSaying("listening");
        assertThat(running.errors()).doesNotContain("no admin socket");
        Confinement.assertAsListed(running, proxy);
        for (String kind : List.of("startupProbe", "readinessProbe")) {
          for (String pod : List.of("198.18.9.1", "[fd00:18:9::1]")) {
            assertThat(
                    Command.of("curl", "-sg", "http://" + pod + proxy.probe(kind))
                        .inNetworkNamespace(network.outside())
                        .runOrThrow())
                .isEqualTo("ready\n");
          }
        }
        Process follower = running.begin("follow", "sluice", "ctl", "follow");
        await().until(() -> readers(network) == 1);
        passesConnections(network, mode);
        tellsTheKubeletTheTruth(network);
        answersInside(running, mode);
        running.signal("TERM");
        // The reader gets what was queued, and then the end.
        assertThat(follower.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(running.printed("follow"))
            .containsPattern("(?s)outcome\":\"closed.*outcome\":\"closed")
            .containsPattern("(?s)outcome\":\"upstream_refused.*outcome\":\"upstream_refused");
        assertThat(running.await()).as(running.errors()).isZero();
        assertThat(running.output())
            .containsPattern("(?s)outcome=closed.*outcome=closed")
            .containsPattern("(?s)outcome=upstream_refused.*outcome=upstream_refused")
            .contains(
                " pod=the-namespace/the-name destination_workload=example"
                    + " destination_workload_namespace=the-namespace"
                    + " destination_service_account=the-serviceAccountName ");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void isTakenOverFromInItsContainer(Sidecar.Mode mode) throws Exception {
    Manifest manifest = shipped(mode);
    Manifest.Container proxy = manifest.container("sluice-proxy");
    try (PodNetwork network = PodNetwork.open()) {
      initialise(manifest.container("sluice-init"), Box.Place.in(network.path()));
      try (Box running = Box.start(image, proxy, proxy.capabilities(), place(proxy, network))) {
        running.awaitSaying("listening");
        List<String> words = new ArrayList<>(List.of("sluice"));
        words.addAll(proxy.arguments());
        words.add("--hot-restart");
        Process next = running.begin("next", words.toArray(String[]::new));
        running.awaitPrinting("next", "took over 0");
        passesConnections(network, mode);
        assertThat(running.execute("sluice", "ctl", "ready")).isEqualTo("ready\n");
        running.signal("TERM");
        assertThat(running.await()).as(running.errors()).isZero();
        assertThat(running.errors()).contains("handed_over=0");
        assertThat(next.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(running.printed("next")).containsPattern("(?s)outcome=closed.*outcome=closed");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void needsEveryCapabilityThatItsManifestLists(Sidecar.Mode mode) throws Exception {
    Manifest manifest = shipped(mode);
    for (String name : List.of("sluice-init", "sluice-proxy")) {
      Manifest.Container container = manifest.container(name);
      for (String capability : container.capabilities()) {
        List<String> others =
            container.capabilities().stream().filter(other -> !other.equals(capability)).toList();
        try (PodNetwork network = PodNetwork.open();
            Box box = Box.start(image, container, others, Box.Place.in(network.path()))) {
          assertThat(box.await()).as(name + " without " + capability).isOne();
          assertThat(box.errors().lines().filter(line -> !line.contains(": no admin socket")))
              .singleElement(STRING)
              .contains(capability);
        }
      }
    }
  }

  @Test
  void carriesTheLicencesOfWhatIsInIt() throws IOException {
    Path docs = image.root().resolve("usr/share/doc");

    assertThat(docs.resolve("sluice/THIRD-PARTY.txt"))
        .content()
        .contains("Netty/Buffer", "picocli", "SnakeYAML Engine", "Jackson-core");
    assertThat(docs.resolve("libc6/copyright")).isNotEmptyFile();
    assertThat(docs.resolve("iptables/copyright")).isNotEmptyFile();
    assertThat(image.root().resolve("opt/sluice/runtime/legal/java.base/LICENSE")).exists();
    try (var files = Files.list(image.root().resolve("usr/bin"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("ip", "nsenter", "setpriv", "sluice");
    }
  }

  /** Volumes that the kubelet makes are empty folders that everybody may write to. */
  private static Box.Place place(Manifest.Container proxy, PodNetwork network) throws IOException {
    Map<String, Path> mounts = new HashMap<>();
    for (String inside : proxy.hostPaths().keySet()) {
      Path made = Files.createTempDirectory(folder, "volume");
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
      mounts.put(inside, made);
    }
    assertThat(mounts).containsKey("/run/sluice");
    return new Box.Place(network.path(), mounts, false);
  }

  /** As {@code kubectl exec} does it: as the container's own user. */
  private static void answersInside(Box running, Sidecar.Mode mode) throws Exception {
    assertThat(running.execute("sluice", "ctl", "ready")).isEqualTo("ready\n");
    assertThat(running.execute("sluice", "ctl", "config"))
        .contains("\"interception_mode\":\"" + mode + "\"");
    assertThat(running.execute("sluice", "ctl", "stats"))
        .contains("sluice_connections_ended_total{outcome=\"closed\"} ");
  }

  /** How many connections to the log's socket there are: its end has the name. */
  private static long readers(PodNetwork network) throws Exception {
    return Command.of("ss", "-Hxn", "state", "established")
        .inNetworkNamespace(network.path())
        .runOrThrow()
        .lines()
        .filter(line -> line.contains("/run/sluice/") && line.contains("/access_log.sock"))
        .count();
  }

  private static void initialise(Manifest.Container container, Box.Place place) throws Exception {
    try (Box init = Box.start(image, container, container.capabilities(), place)) {
      assertThat(init.await()).as(init.errors()).isZero();
      assertThat(init.errors()).contains("rules applied").hasLineCount(1);
    }
  }

  private static void passesConnections(PodNetwork network, Sidecar.Mode mode) throws Exception {
    boolean kept = mode == Sidecar.Mode.TPROXY;
    Process application = network.startApplication();
    try {
      assertThat(network.ask("198.18.9.1", PodNetwork.PORT, "hello").output())
          .isEqualTo("connected\n" + (kept ? "198.18.9.2" : "127.0.0.6") + "\n");
      assertThat(network.ask("fd00:18:9::1", PodNetwork.PORT, "hello").output())
          .isEqualTo("connected\n" + (kept ? "fd00:18:9::2" : "::6") + "\n");
      assertThat(probe(network, "198.18.9.1")).contains("HTTP/1.1 200");
    } finally {
      application.destroy();
      application.waitFor();
    }
  }

  /** With the application dead the proxy still accepts; a probe must not take that for life. */
  private static void tellsTheKubeletTheTruth(PodNetwork network) throws Exception {
    for (String pod : List.of("198.18.9.1", "fd00:18:9::1")) {
      String http = "GET / HTTP/1.1\\r\\nHost: pod\\r\\n\\r\\n";
      // The reset may come before connect(2) has returned: that it was accepted, the access log
      // says.
      assertThat(network.ask(pod, PodNetwork.PORT, http).output()).doesNotContain("HTTP");
      assertThat(probe(network, pod)).contains("HTTP/1.1 503");
    }
  }

  private static String probe(PodNetwork network, String pod) throws Exception {
    return network
        .ask(pod, 15020, "GET /app-health/app/readinessProbe HTTP/1.1\\r\\nHost: pod\\r\\n\\r\\n")
        .output();
  }
}
