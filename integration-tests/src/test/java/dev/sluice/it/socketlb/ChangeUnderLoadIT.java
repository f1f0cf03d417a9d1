// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.model.TransportProtocol;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Changes of the table while connections are made as fast as they go. */
class ChangeUnderLoadIT {
  private static final String SERVICE = "10.96.0.1";
  private static final BackendSet SET_A =
      Sets.of(TransportProtocol.TCP, SERVICE, 80, 9001, 9002, 9003);
  private static final BackendSet SET_B =
      Sets.of(TransportProtocol.TCP, SERVICE, 80, 9004, 9005, 9006);
  private static final int SWAPS = 20;
  private static final int UPGRADES = 10;
  private static final String OURS = "sluice_lb_";
  private static final String OTHER = "sluice_lc_";

  /** With 10,000 services and 50,000 backends this is what a large cluster has. */
  private static final int MANY_SERVICES = 10_000;

  private static final int BACKENDS_OF_ONE = 5;

  @Test
  void losesNoConnectionAndSendsNoneToTheOldSetOnceASwapHasReturned() throws Exception {
    try (Scene scene = open("swaps")) {
      scene.apply(List.of(SET_A));
      try (Child load = load(scene)) {
        for (int i = 0; i < SWAPS; i++) {
          mark(load, "*");
          scene.apply(List.of(i % 2 == 0 ? SET_B : SET_A));
          mark(load, i % 2 == 0 ? "b" : "a");
          Thread.sleep(Duration.ofMillis(200));
        }
        String result = stop(load);
        assertThat(result).contains("\"errors\": 0,", "\"late\": 0,");
        assertThat(number(result, "perSecond")).as(result).isGreaterThanOrEqualTo(1000);
      }
    }
  }

  /** The counterpart: a client that is told too early sees connections to the old set. */
  @Test
  void noticesConnectionsToTheOldSet() throws Exception {
    try (Scene scene = open("early")) {
      scene.apply(List.of(SET_A));
      try (Child load = load(scene)) {
        mark(load, "b");
        Thread.sleep(Duration.ofMillis(200));
        assertThat(number(stop(load), "late")).isPositive();
      }
    }
  }

  @Test
  void appliesTensOfThousandsOfBackendsWithoutAFailedConnection() throws Exception {
    List<BackendSet> many = many();
    try (Scene scene = open("many")) {
      scene.apply(List.of(SET_A));
      try (Child load = load(scene)) {
        mark(load, "a");
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          long start = System.nanoTime();
          scene.apply(many);
          millis.add((System.nanoTime() - start) / 1_000_000);
        }
        String result = stop(load);
        System.out.println(MANY_SERVICES + " services applied in ms: " + millis + " " + result);
        assertThat(result).contains("\"errors\": 0,", "\"late\": 0,");
        assertThat(millis).allMatch(each -> each < 20_000);
      }
    }
  }

  /** Another version of every program, attached in its place, and ours again: by link update. */
  @Test
  void replacesTheProgramsOfAnotherVersionWithoutAFailedConnection() throws Exception {
    CollectionSpec other = underOtherNames("socketlb");
    try (Scene scene = open("upgrade")) {
      scene.apply(List.of(SET_A));
      try (Child load = load(scene)) {
        mark(load, "a");
        for (int i = 0; i < UPGRADES; i++) {
          attach(other, InstalledFeature.all(scene.bpfFileSystem()).getFirst().folder());
          assertThat(attached(scene)).isNotEmpty().allMatch(name -> name.startsWith(OTHER));
          scene.apply(List.of(SET_A));
          assertThat(attached(scene)).isNotEmpty().allMatch(name -> name.startsWith(OURS));
        }
        assertThat(stop(load)).contains("\"errors\": 0,", "\"late\": 0,");
      }
    }
  }

  /** The same object, whose programs have names of the same length. */
  private static CollectionSpec underOtherNames(String object) throws IOException {
    Path file = Checkout.home().resolve("native/src/main/resources/dev/sluice/linux/bpf");
    String bytes = new String(Files.readAllBytes(file.resolve(object + ".bpf.o")), ISO_8859_1);
    return CollectionSpec.parse(bytes.replace(OURS, OTHER).getBytes(ISO_8859_1));
  }

  private static void attach(CollectionSpec spec, Path folder) throws IOException {
    LoadOptions options = LoadOptions.everything().withPinFolder(folder.resolve("maps"));
    try (BpfCollection loaded = BpfCollection.load(spec, options)) {
      for (BpfProgram program : loaded.programs().values()) {
        String pin = program.name().replace(OTHER, OURS);
        try (BpfLink link = BpfLink.openPinned(folder.resolve("links").resolve(pin))) {
          link.update(program);
        }
      }
    }
  }

  /** Names of programs, as bpftool lists them. */
  private static List<String> attached(Scene scene) throws IOException {
    return Command.of("bpftool", "cgroup", "show", scene.cgroup().toString())
        .runOrThrow()
        .lines()
        .skip(1)
        .map(line -> line.strip().replaceAll(".* ", ""))
        .toList();
  }

  private static List<BackendSet> many() throws IOException {
    List<BackendSet> sets = new ArrayList<>(List.of(SET_A));
    for (int i = 0; i < MANY_SERVICES; i++) {
      List<InetSocketAddress> backends = new ArrayList<>();
      for (int n = 0; n < BACKENDS_OF_ONE; n++) {
        int host = i * BACKENDS_OF_ONE + n;
        byte[] address = {10, (byte) (128 + (host >> 16)), (byte) (host >> 8), (byte) host};
        backends.add(new InetSocketAddress(InetAddress.getByAddress(address), 8080));
      }
      String service = "10.97." + i / 250 + "." + (1 + i % 250);
      sets.add(Sets.of(TransportProtocol.TCP, service, 80, 0, 0, backends, List.of()));
    }
    return sets;
  }

  private static Scene open(String name) throws IOException {
    Scene scene = Scene.open(name);
    List<String> backends = new ArrayList<>();
    for (int n = 1; n <= 6; n++) {
      backends.add("greet:" + Scene.SERVER_V4 + ":" + (9000 + n) + ":" + (n <= 3 ? "a" : "b") + n);
    }
    scene.backends(backends);
    return scene;
  }

  private static Child load(Scene scene) throws IOException {
    Child load = scene.startClient("swapload.py", SERVICE, "80");
    load.expectLine("ready");
    return load;
  }

  private static void mark(Child load, String set) throws IOException {
    load.writeLine("mark " + set);
    load.expectLine("marked");
  }

  private static String stop(Child load) throws IOException {
    load.writeLine("stop");
    return load.readLine();
  }

  private static int number(String json, String field) {
    Matcher matcher = Pattern.compile("\"" + field + "\": (\\d+)").matcher(json);
    assertThat(matcher.find()).as(json).isTrue();
    return Integer.parseInt(matcher.group(1));
  }
}
