// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.model.TransportProtocol;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sluice status} and {@code sluice uninstall}, whatever has happened behind their back. */
class StatusIT {
  private static final List<BackendSet> SETS =
      List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, 9001));

  private Path cgroup;
  private TestBpfFileSystem bpf;

  @BeforeEach
  void open() throws IOException {
    bpf = TestBpfFileSystem.mount();
    cgroup = CgroupFolder.root().resolve("slt-lbtests-status-" + ProcessHandle.current().pid());
    Files.createDirectory(cgroup);
  }

  @AfterEach
  void close() throws IOException {
    bpf.close();
    Files.deleteIfExists(cgroup);
  }

  @Test
  void saysSoWhenALinkIsDetachedUntilTheNextRunRepairsIt() throws IOException {
    apply();
    assertThat(sluice("status").exitCode()).isZero();
    Path link = place().resolve("links/sluice_lb_connect4");
    Command.of("bpftool", "link", "detach", "pinned", link.toString()).runOrThrow();

    CommandResult status = sluice("status");
    assertThat(status.exitCode()).isEqualTo(1);
    assertThat(status.output().lines().filter(line -> line.contains("NOT ATTACHED")))
        .singleElement()
        .asString()
        .contains("sluice_lb_connect4 cgroup/connect4");
    apply();
    assertThat(sluice("status").exitCode()).isZero();
  }

  @Test
  void keepsItsPinsFromOtherUsers() throws IOException {
    apply();
    try (Stream<Path> files = Files.walk(place())) {
      List<Path> pins = files.filter(Files::isRegularFile).toList();
      assertThat(pins).hasSizeGreaterThan(10);
      assertThat(pins).allMatch(pin -> mode(pin).equals("100600 root root"));
    }
  }

  private static String mode(Path file) {
    try {
      int mode = (Integer) Files.getAttribute(file, "unix:mode");
      return Integer.toOctalString(mode)
          + " "
          + Files.getAttribute(file, "unix:owner")
          + " "
          + Files.getAttribute(file, "unix:group");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void namesAForeignProgramThatSharesAHook() throws IOException {
    apply();
    assertThat(sluice("status").output()).doesNotContain("others on");
    Path pin = bpf.path().resolve("foreign");
    Command.of("bpftool", "prog", "load", foreignObject(), pin.toString()).runOrThrow();
    String attach = "bpftool cgroup attach " + cgroup + " connect4 pinned " + pin + " multi";
    Command.of("sh", "-c", attach).runOrThrow();

    CommandResult status = sluice("status");
    assertThat(status.exitCode()).as("no error of ours").isZero();
    assertThat(status.output().lines().filter(line -> line.contains("others on")))
        .singleElement()
        .asString()
        .containsPattern("cgroup/connect4: .*sluice_lb_conne.* \\(\\d+\\) -> .*\\(\\d+\\)");
    sluice("uninstall");
    assertThat(Command.of("bpftool", "cgroup", "show", cgroup.toString()).runOrThrow().lines())
        .as("a heading, and the foreign program")
        .hasSize(2);
  }

  @Test
  void removesEverythingWhenTheCgroupIsGone() throws IOException {
    apply();
    Files.delete(cgroup);

    CommandResult status = sluice("status");
    assertThat(status.output()).contains("which is gone");
    assertThat(status.exitCode()).isEqualTo(1);
    String listed = sluice("uninstall", "--dry-run").output();
    assertThat(listed)
        .contains("would remove " + place().resolve("links/sluice_lb_connect4"))
        .contains("would remove " + place().resolve("maps/tables"));
    String pins =
        listed
            .lines()
            .map(line -> '"' + line.substring("would remove ".length()) + '"')
            .collect(Collectors.joining(","));
    CommandResult json = sluice("uninstall", "--dry-run", "--json");
    assertThat(json.output()).isEqualTo("{\"dryRun\":true,\"pins\":[" + pins + "]}\n");
    assertThat(json.errors()).isEmpty();
    assertThat(place()).exists();
    CommandResult uninstall = sluice("uninstall");
    assertThat(uninstall.exitCode()).isZero();
    assertThat(uninstall.output()).isEqualTo(listed.replace("would remove ", "removing "));
    assertThat(bpf.path().resolve("sluice")).doesNotExist();
    assertThat(sluice("uninstall", "--json").output())
        .isEqualTo("{\"dryRun\":false,\"pins\":[]}\n");
    assertThat(sluice("status").output()).contains("nothing of Sluice is attached");
  }

  /** What an older or newer Sluice could have left: a map of another shape, a folder of its own. */
  @Test
  void refusesPinsOfAnotherVersionAndRemovesThemWhenAsked() throws IOException {
    apply();
    Path place = place();
    sluice("uninstall");
    Files.createDirectories(place.resolve("maps"));
    Files.createDirectories(place.resolve("programs/v0"));
    Path settings = place.resolve("maps/settings");
    for (Path pin : List.of(settings, place.resolve("programs/v0/other"))) {
      String create = "bpftool map create " + pin + " type array key 4 value 8 entries 1 name x";
      Command.of("sh", "-c", create).runOrThrow();
    }

    CommandResult refused = sluice("lb", "apply", "-f", services(), "--cgroup", cgroup.toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors()).contains("settings", "24", "8", "run 'sluice uninstall' first");
    assertThat(Command.of("bpftool", "cgroup", "show", cgroup.toString()).runOrThrow()).isEmpty();
    assertThat(sluice("uninstall").exitCode()).isZero();
    assertThat(bpf.path().resolve("sluice")).doesNotExist();
    apply();
    assertThat(sluice("status").exitCode()).isZero();
  }

  /** The kernel doesn't say what a map of maps takes, filled or not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          true  | inner key_size: 8 pinned, 24 wanted; inner value_size: 16 pinned, 24 wanted
          false | inner map: another shape pinned, key_size 24 and value_size 24 wanted
          """)
  void refusesATableOfAnotherShape(boolean filled, String difference) throws IOException {
    apply();
    Path place = place();
    sluice("uninstall");
    Files.createDirectories(place.resolve("maps"));
    Path tables = place.resolve("maps/tables");
    Path inner = bpf.path().resolve("inner");
    bpftool("map create " + inner + " type hash key 8 value 16 entries 4 name inner");
    bpftool(
        "map create %s type array_of_maps key 4 value 4 entries 1 name tables inner_map pinned %s"
            .formatted(tables, inner));
    if (filled) {
      bpftool("map update pinned " + tables + " key 0 0 0 0 value pinned " + inner);
    }

    CommandResult refused = sluice("lb", "apply", "-f", services(), "--cgroup", "" + cgroup);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines())
        .singleElement()
        .asString()
        .contains(difference, "made by another version: run 'sluice uninstall' first");
    assertThat(Command.of("bpftool", "cgroup", "show", cgroup.toString()).runOrThrow()).isEmpty();
    assertThat(sluice("uninstall").output()).contains("removing " + tables);
    apply();
  }

  private static void bpftool(String words) throws IOException {
    Command.of("sh", "-c", "bpftool " + words).runOrThrow();
  }

  /** What a version to come could leave: a feature that isn't known yet, with a link of its own. */
  @Test
  void namesAndRemovesFoldersThatThisVersionNeverMakes() throws IOException {
    apply();
    Path theirs = bpf.path().resolve("sluice/mirror_v9");
    Files.createDirectories(theirs.resolve("hooks"));
    Path link = theirs.resolve("hooks/connect4");
    Command.of("mv", place().resolve("links/sluice_lb_connect4").toString(), link.toString())
        .runOrThrow();

    CommandResult status = sluice("status");
    assertThat(status.output()).contains("pinned by another version", theirs.toString());
    assertThat(status.output()).contains("sluice_lb_connect4 cgroup/connect4  NOT ATTACHED");
    assertThat(sluice("status", "--json").output()).contains("\"unknown\":\"" + theirs + "\"");
    assertThat(sluice("uninstall", "--dry-run").output()).contains("would remove " + link);
    Files.delete(cgroup);
    assertThat(sluice("uninstall").exitCode()).as("also with the cgroup gone").isZero();
    assertThat(bpf.path().resolve("sluice")).doesNotExist();
  }

  private void apply() throws IOException {
    HostNamespace host = HostNamespace.of("/proc/self/ns/net");
    LoadBalancer.apply(
        bpf.path(),
        cgroup,
        new LoadBalancer.Change(SETS, Scope.ALL, host.cookie(), host.addresses()));
  }

  private Path place() throws IOException {
    try (var folders = Files.list(bpf.path().resolve("sluice"))) {
      return folders
          .filter(each -> each.getFileName().toString().startsWith("lb-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private String services() throws IOException {
    Path file = Files.createTempFile("services-", ".yaml");
    file.toFile().deleteOnExit();
    return Files.writeString(
            file,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80}]}
            """)
        .toString();
  }

  private static String foreignObject() {
    return Checkout.home()
        .resolve("native/src/test/resources/dev/sluice/linux/bpf/connect4.bpf.o")
        .toString();
  }

  private CommandResult sluice(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(Checkout.script("sluice")));
    all.addAll(List.of(words));
    all.addAll(List.of("--bpf-fs", bpf.path().toString()));
    return Command.of(all.toArray(String[]::new)).run();
  }
}
