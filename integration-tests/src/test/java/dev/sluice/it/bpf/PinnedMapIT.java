// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.IncompatibleMapException;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PinnedMapIT {
  private static final byte[] SECOND = BpfCodec.u32().encode(2);

  @Test
  void findsAPinnedMapAgainWithItsContent() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      LoadOptions options = LoadOptions.everything().withPinFolder(pins.path());
      int id;
      try (BpfCollection loaded = BpfCollection.load(BpfObjectFiles.parse("kinds"), options)) {
        loaded.map("kept").put(SECOND, new byte[] {1, 2, 3, 4});
        id = loaded.map("kept").info().id();
        assertThat(pins.path().resolve("flows")).doesNotExist();
      }
      try (BpfCollection again = BpfCollection.load(BpfObjectFiles.parse("kinds"), options)) {
        assertThat(again.map("kept").info().id()).isEqualTo(id);
        assertThat(again.map("kept").lookup(SECOND)).isEqualTo(new byte[] {1, 2, 3, 4});
      }
      try (BpfMap opened = BpfMap.openPinned(pins.path().resolve("kept"))) {
        assertThat(opened.lookup(SECOND)).isEqualTo(new byte[] {1, 2, 3, 4});
      }
    }
  }

  @Test
  void saysHowAPinnedMapDiffers() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount();
        DescriptorCount descriptors = DescriptorCount.begin()) {
      LoadOptions options = LoadOptions.everything().withPinFolder(pins.path());
      BpfCollection.load(BpfObjectFiles.parse("kinds"), options).close();
      CollectionSpec larger = BpfObjectFiles.parse("kinds");
      larger.resize("kept", 20);
      IncompatibleMapException refusal =
          catchThrowableOfType(
              IncompatibleMapException.class, () -> BpfCollection.load(larger, options).close());
      assertThat(refusal.differences()).containsExactly("max_entries: 4 pinned, 20 wanted");
      assertThat(refusal)
          .hasMessage(
              "using the map pinned at "
                  + pins.path().resolve("kept")
                  + ": max_entries: 4 pinned, 20 wanted");
      CollectionSpec other = BpfObjectFiles.parse("refused");
      LoadOptions another = options.withPrograms(Set.of("outside"));
      assertThatThrownBy(() -> BpfCollection.load(other, another).close())
          .hasMessageContaining("type: ARRAY pinned, HASH wanted; max_entries: 4 pinned, 8 wanted");
      assertThat(descriptors.stillOpen()).isZero();
    }
  }

  @Test
  void pinsPrograms() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount();
        BpfCollection loaded =
            BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything())) {
      Path pin = pins.path().resolve("program");
      loaded.program("rewrite").pin(pin);
      try (BpfProgram opened = BpfProgram.openPinned(pin)) {
        assertThat(opened.info()).isEqualTo(loaded.program("rewrite").info());
        assertThat(opened.name()).isEqualTo("rewrite");
      }
      assertThatThrownBy(() -> BpfMap.openPinned(pin).close()).hasMessageContaining("map " + pin);
    }
  }

  @Test
  void findsWhereTheFileSystemIsMounted() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      assertThat(BpfFileSystem.find()).isPresent();
      assertThat(Files.getPosixFilePermissions(pins.path())).hasSize(3);
    }
  }

  @Test
  void saysHowToMountWhenItCannot() {
    assertThatThrownBy(() -> BpfFileSystem.mount(Path.of("/nowhere")))
        .hasMessage(
            "mount of the eBPF file system at /nowhere: ENOENT (2): as root, mount it with: mount"
                + " -t bpf bpf /nowhere");
  }

  @Test
  void readsPinsThatBpftoolMade() throws Exception {
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      Path pin = pins.path().resolve("theirs");
      Command.of(
              "bpftool",
              "map",
              "create",
              pin.toString(),
              "type",
              "hash",
              "key",
              "4",
              "value",
              "8",
              "entries",
              "3",
              "name",
              "theirs")
          .runOrThrow();
      try (BpfMap map = BpfMap.openPinned(pin)) {
        assertThat(map.name()).isEqualTo("theirs");
        assertThat(map.shape().maxEntries()).isEqualTo(3);
        map.put(SECOND, new byte[] {7, 0, 0, 0, 0, 0, 0, 0});
      }
      assertThat(Command.of("bpftool", "map", "dump", "pinned", pin.toString()).runOrThrow())
          .contains("07 00 00 00");
    }
  }
}
