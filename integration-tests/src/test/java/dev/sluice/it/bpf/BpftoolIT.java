// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.MapInfo;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.ProgramInfo;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.process.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** bpftool, over libbpf, as a second opinion about what we read, load and list. */
class BpftoolIT {
  private static final Pattern ID = Pattern.compile("\\{\"id\":(\\d+)");
  private static final Pattern NAME_AND_TAG =
      Pattern.compile("\"name\":\"([^\"]+)\",\"tag\":\"([0-9a-f]{16})\"");

  @ParameterizedTest
  @ValueSource(strings = {"kinds", "connect4"})
  void loadsTheSameInstructionsAsLibbpf(String name) throws Exception {
    Map<String, String> ours = new TreeMap<>();
    try (BpfCollection loaded =
        BpfCollection.load(BpfObjectFiles.parse(name), LoadOptions.everything())) {
      for (var program : loaded.programs().values()) {
        ours.put(program.name(), program.info().tag());
      }
    }
    assertThat(loadedByBpftool(name)).isEqualTo(ours).isNotEmpty();
  }

  @Test
  void listsTheSameObjects() throws Exception {
    try (TestCgroup folder = TestCgroup.create("bpftool");
        Cgroup cgroup = Cgroup.open(folder.path());
        BpfCollection loaded =
            BpfCollection.load(BpfObjectFiles.parse("kinds"), LoadOptions.everything());
        BpfLink link = cgroup.attach(loaded.program("record"), AttachType.CGROUP_INET4_CONNECT)) {
      // Others on this machine come and go between two looks.
      await().untilAsserted(() -> assertThat(theirIds("prog")).isEqualTo(ObjectIds.programs()));
      await().untilAsserted(() -> assertThat(theirIds("map")).isEqualTo(ObjectIds.maps()));
      await().untilAsserted(() -> assertThat(theirIds("link")).isEqualTo(ObjectIds.links()));
      ProgramInfo record = loaded.program("record").info();
      assertThat(bpftool("prog", "show", "id", "" + record.id()))
          .contains("\"type\":\"cgroup_sock_addr\",\"name\":\"record\",\"tag\":\"" + record.tag())
          .contains("\"btf_id\":" + record.btfId());
      assertThat(bpftool("link", "show", "id", "" + link.info().id()))
          .contains("\"prog_id\":" + record.id())
          .contains("\"attach_type\":\"cgroup_inet4_connect\"");
    }
  }

  @Test
  void describesMapsAlike() throws Exception {
    try (BpfCollection loaded =
        BpfCollection.load(BpfObjectFiles.parse("kinds"), LoadOptions.everything())) {
      for (BpfMap map : loaded.maps().values()) {
        MapInfo info = map.info();
        String theirs = bpftool("map", "show", "id", "" + info.id());
        assertThat(theirs)
            .contains("\"name\":\"" + info.name() + "\"")
            .contains("\"bytes_key\":" + info.shape().keyBytes())
            .contains("\"bytes_value\":" + info.shape().valueBytes())
            .contains("\"max_entries\":" + info.shape().maxEntries());
      }
      // With our types bpftool knows the variables by name.
      assertThat(
              Command.of("bpftool", "map", "dump", "id", "" + loaded.map(".rodata").info().id())
                  .runOrThrow())
          .contains("\"limit\": 7");
      assertThat(bpftool("map", "show", "id", "" + loaded.map(".rodata").info().id()))
          .contains("\"frozen\":1");
    }
  }

  /** In a mount namespace of its own: libbpf pins by name at /sys/fs/bpf, come what may. */
  private static Map<String, String> loadedByBpftool(String name) throws IOException {
    String script =
        "mount -t bpf bpf /sys/fs/bpf && bpftool prog loadall %s /sys/fs/bpf/theirs >&2"
                .formatted(BpfObjectFiles.path(name))
            + " && for pin in /sys/fs/bpf/theirs/*; do bpftool -j prog show pinned $pin; done";
    Matcher matcher =
        NAME_AND_TAG.matcher(Command.of("unshare", "-m", "sh", "-c", script).runOrThrow());
    Map<String, String> found = new TreeMap<>();
    while (matcher.find()) {
      found.put(matcher.group(1), matcher.group(2));
    }
    return found;
  }

  private static List<Integer> theirIds(String kind) throws IOException {
    Matcher matcher = ID.matcher(bpftool(kind, "show"));
    List<Integer> ids = new ArrayList<>();
    while (matcher.find()) {
      ids.add(Integer.valueOf(matcher.group(1)));
    }
    return ids;
  }

  private static String bpftool(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bpftool", "-j"));
    command.addAll(List.of(arguments));
    return Command.of(command.toArray(String[]::new)).runOrThrow();
  }
}
