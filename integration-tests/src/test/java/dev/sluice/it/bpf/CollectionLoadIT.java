// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.linux.Errno;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLoadException;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.IncompatibleMapException;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.MapInfo;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.ProgramInfo;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.bpf.spec.KernelMismatchException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.linux.bpf.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CollectionLoadIT {
  @Test
  void loadsEveryKindOfProgramAndMap() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("kinds");
    try (BpfCollection loaded = BpfCollection.load(spec, LoadOptions.everything())) {
      assertThat(loaded.programs().keySet()).isEqualTo(spec.programs().keySet());
      assertThat(loaded.maps().keySet()).isEqualTo(spec.maps().keySet());
      for (String name : spec.programs().keySet()) {
        ProgramInfo info = loaded.program(name).info();
        assertThat(info.name()).isEqualTo(name);
        assertThat(info.type()).isEqualTo(spec.program(name).kind().type().number());
        assertThat(info.btfId()).isPositive();
      }
      for (String name : spec.maps().keySet()) {
        MapInfo info = loaded.map(name).info();
        assertThat(info.name()).isEqualTo(name);
        assertThat(info.shape()).isEqualTo(spec.map(name).shape());
      }
    }
  }

  @Test
  void loadsOnlyTheProgramsThatAreAskedForWithTheirMaps() throws Exception {
    LoadOptions options = LoadOptions.everything().withPrograms(Set.of("steer"));
    try (BpfCollection loaded = BpfCollection.load(BpfObjectFiles.parse("kinds"), options)) {
      assertThat(loaded.programs()).containsOnlyKeys("steer");
      assertThat(loaded.maps()).containsOnlyKeys("listeners", ".rodata");
    }
  }

  @Test
  void closesEverything() throws Exception {
    int program;
    int map;
    try (DescriptorCount descriptors = DescriptorCount.begin()) {
      try (BpfCollection loaded =
          BpfCollection.load(BpfObjectFiles.parse("kinds"), LoadOptions.everything())) {
        program = loaded.program("record").info().id();
        map = loaded.map("flows").info().id();
        assertThat(ObjectIds.programs()).contains(program);
        assertThat(ObjectIds.maps()).contains(map);
        assertThat(descriptors.stillOpen())
            .isEqualTo(loaded.programs().size() + loaded.maps().size());
      }
      assertThat(descriptors.stillOpen()).isZero();
    }
    // The kernel frees them a moment later.
    await().untilAsserted(() -> assertThat(ObjectIds.programs()).doesNotContain(program));
    await().untilAsserted(() -> assertThat(ObjectIds.maps()).doesNotContain(map));
  }

  @Test
  void saysWhyTheVerifierRefusedAndAtWhichLine() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("refused");
    try (DescriptorCount descriptors = DescriptorCount.begin();
        TestBpfFileSystem pins = TestBpfFileSystem.mount()) {
      LoadOptions options =
          LoadOptions.everything().withPrograms(Set.of("outside")).withPinFolder(pins.path());
      BpfLoadException refusal =
          catchThrowableOfType(
              BpfLoadException.class, () -> BpfCollection.load(spec, options).close());
      assertThat(refusal.is(Errno.EACCES)).isTrue();
      assertThat(refusal)
          .hasMessageContaining("program outside (cgroup/connect4): EACCES (13)")
          .hasMessageContaining("./refused.bpf.c:" + lineOf("the verifier stops here") + ": ")
          .hasMessageContaining("invalid access to map value, value_size=4");
      assertThat(refusal.source().orElseThrow().text()).contains("the verifier stops here");
      assertThat(descriptors.stillOpen()).isZero();
    }
  }

  @Test
  void saysWhichFieldTheKernelLacks() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("refused");
    LoadOptions options = LoadOptions.everything().withPrograms(Set.of("absent"));
    assertThatThrownBy(() -> BpfCollection.load(spec, options).close())
        .isInstanceOf(KernelMismatchException.class)
        .hasMessage(
            "loading program absent: this kernel has no struct tcp_sock.not_in_any_kernel, which"
                + " the program reads; it can't be used on this kernel");
  }

  @Test
  void saysThatAKernelHasNoTypes() throws Exception {
    LoadOptions options =
        new LoadOptions(
            Set.of("sequence"), Map.of(), Optional.empty(), Path.of("/nowhere/vmlinux"));
    assertThatThrownBy(() -> BpfCollection.load(BpfObjectFiles.parse("kinds"), options).close())
        .isInstanceOf(KernelMismatchException.class)
        .hasMessageContaining("program sequence")
        .hasMessageContaining("CONFIG_DEBUG_INFO_BTF");
  }

  @Test
  void loadsWithoutKernelTypesWhatNeedsNone() throws Exception {
    LoadOptions options =
        new LoadOptions(Set.of("record"), Map.of(), Optional.empty(), Path.of("/nowhere/vmlinux"));
    try (BpfCollection loaded = BpfCollection.load(BpfObjectFiles.parse("kinds"), options)) {
      assertThat(loaded.programs()).containsOnlyKeys("record");
    }
  }

  @Test
  void undoesPinsWhenAProgramIsRefused() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("refused");
    Set<String> outside = Set.of("outside");
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount();
        DescriptorCount descriptors = DescriptorCount.begin()) {
      LoadOptions options =
          LoadOptions.everything().withPrograms(outside).withPinFolder(pins.path());
      assertThatThrownBy(() -> BpfCollection.load(spec, options).close())
          .isInstanceOf(BpfLoadException.class);
      assertThat(pins.path().resolve("kept")).doesNotExist();
      assertThat(descriptors.stillOpen()).isZero();
    }
  }

  @Test
  void usesAGivenMapAndChecksItsShape() throws Exception {
    MapShape shape = MapShape.of(MapType.ARRAY, 4, 8, 1, 0);
    try (BpfMap given = BpfMap.create("given", shape);
        BpfMap larger = BpfMap.create("larger", shape.withMaxEntries(2));
        BpfCollection loaded =
            BpfCollection.load(
                BpfObjectFiles.parse("connect4"),
                LoadOptions.everything().withMap("connects", given))) {
      assertThat(loaded.maps()).containsOnlyKeys(".rodata");
      assertThat(loaded.map("connects")).isSameAs(given);
      assertThatThrownBy(
              () ->
                  BpfCollection.load(
                          BpfObjectFiles.parse("connect4"),
                          LoadOptions.everything().withMap("connects", larger))
                      .close())
          .isInstanceOf(IncompatibleMapException.class)
          .hasMessage("using map larger as connects: max_entries: 2 given, 1 wanted");
    }
  }

  @Test
  void refusesNamesThatAreNotInTheObject() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("connect4");
    LoadOptions options = LoadOptions.everything().withPrograms(Set.of("rewrit"));
    assertThatThrownBy(() -> BpfCollection.load(spec, options).close())
        .isInstanceOf(SpecException.class)
        .hasMessage("looking for program 'rewrit': the object has [rewrite]");
  }

  private static long lineOf(String text) throws IOException {
    Path source = Checkout.home().resolve("native/src/test/bpf/refused.bpf.c");
    return Files.readString(source).lines().takeWhile(line -> !line.contains(text)).count() + 1;
  }
}
