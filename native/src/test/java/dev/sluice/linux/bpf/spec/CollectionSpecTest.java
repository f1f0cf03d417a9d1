// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CollectionSpecTest {
  private CollectionSpec spec;

  @BeforeEach
  void parse() throws SpecException {
    spec = TestObjects.parse("kinds");
  }

  @Test
  void derivesKindsFromSectionNames() throws SpecException {
    assertThat(spec.programs().keySet())
        .containsExactly("record", "record6", "sequence", "steer", "list");
    assertThat(spec.program("record").kind())
        .isEqualTo(ProgramKind.of(AttachType.CGROUP_INET4_CONNECT));
    assertThat(spec.program("sequence").kind().type()).isEqualTo(ProgramType.SOCK_OPS);
    assertThat(spec.program("list").kind())
        .isEqualTo(
            new ProgramKind(
                ProgramType.TRACING, Optional.of(AttachType.TRACE_ITER), "bpf_sk_storage_map"));
  }

  @Test
  void readsMapsFromTheirTypes() throws SpecException {
    assertThat(spec.map("flows").shape()).isEqualTo(MapShape.of(MapType.HASH, 16, 8, 1024, 1));
    assertThat(spec.map("recent").shape()).isEqualTo(MapShape.of(MapType.LRU_HASH, 8, 4, 64, 0));
    assertThat(spec.map("prefixes").shape()).isEqualTo(MapShape.of(MapType.LPM_TRIE, 8, 4, 64, 1));
    assertThat(spec.map("storage").shape()).isEqualTo(MapShape.of(MapType.SK_STORAGE, 4, 16, 0, 1));
    assertThat(spec.map("events").shape()).isEqualTo(MapShape.of(MapType.RINGBUF, 0, 0, 4096, 0));
    assertThat(spec.map("listeners").shape()).isEqualTo(MapShape.of(MapType.SOCKMAP, 4, 8, 2, 0));
    assertThat(spec.map("kept").pinnedByName()).isTrue();
    assertThat(spec.map("flows").pinnedByName()).isFalse();
  }

  @Test
  void givesTypesToThoseMapsThatTakeThem() throws SpecException {
    assertThat(spec.types().type(spec.map("storage").valueType()).name()).isEqualTo("flow");
    assertThat(spec.map("listeners").valueType()).isZero();
  }

  @Test
  void turnsSectionsOfVariablesIntoArrays() throws SpecException {
    int bytes = spec.rodata().content().length;
    assertThat(spec.map(".rodata").shape())
        .isEqualTo(MapShape.of(MapType.ARRAY, 4, bytes, 1, MapShape.READ_ONLY_FOR_PROGRAMS));
    assertThat(spec.map(".data").shape()).isEqualTo(MapShape.of(MapType.ARRAY, 4, 8, 1, 0));
    assertThat(spec.map(".bss").shape()).isEqualTo(MapShape.of(MapType.ARRAY, 4, 4, 1, 0));
    assertThat(spec.dataOf(".bss").orElseThrow().content()).containsOnly(0);
  }

  @Test
  void setsConstantsByTheirSymbols() throws SpecException {
    DataSection constants = spec.rodata();
    assertThat(number(constants.get("limit"))).isEqualTo(7);
    assertThat(number(constants.get("wide"))).isEqualTo(0x1122334455667788L);
    byte[] before = constants.content();
    constants.set("limit", 4_000_000_000L);
    constants.set("enabled", true);
    constants.set("name", "sixteen bytes...".getBytes(StandardCharsets.UTF_8));
    assertThat(number(constants.get("limit"))).isEqualTo(4_000_000_000L);
    assertThat(constants.get("enabled")).containsExactly(1);
    assertThat(number(constants.get("wide"))).isEqualTo(0x1122334455667788L);
    assertThat(constants.content()).hasSameSizeAs(before);
  }

  @Test
  void refusesConstantsThatDoNotFit() throws SpecException {
    DataSection constants = spec.rodata();
    assertThatThrownBy(() -> constants.set("limit", 1L << 32))
        .isInstanceOf(SpecException.class)
        .hasMessage("setting limit of .rodata to 4294967296: it has 4 bytes");
    assertThatThrownBy(() -> constants.set("enabled", 256)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> constants.set("name", new byte[15])).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> constants.set("limits", 1))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("'limits'")
        .hasMessageContaining("[enabled, limit, name, wide]");
    constants.set("limit", -1);
    assertThat(number(constants.get("limit"))).isEqualTo(0xffff_ffffL);
  }

  @Test
  void resizesMapsAndNotVariables() throws SpecException {
    spec.resize("flows", 5);
    assertThat(spec.map("flows").shape().maxEntries()).isEqualTo(5);
    assertThatThrownBy(() -> spec.resize("flows", 0)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> spec.resize(".rodata", 2)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> spec.resize("flaws", 2))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("flows");
  }

  @Test
  void knowsWhichMapsAProgramUses() throws SpecException {
    assertThat(spec.program("steer").maps()).containsExactlyInAnyOrder("listeners", ".rodata");
    assertThat(spec.program("list").maps()).isEmpty();
    assertThat(spec.program("record").maps())
        .containsExactlyInAnyOrder(
            "prefixes", "flows", "recent", "storage", "events", ".rodata", ".data", ".bss");
  }

  @Test
  void namesTheSourceLineOfAnInstruction() throws SpecException {
    SourceLine line = spec.program("steer").source(0).orElseThrow();
    assertThat(line.file()).isEqualTo("./kinds.bpf.c");
    assertThat(line.text()).isNotEmpty();
    assertThat(line.line()).isPositive();
  }

  @Test
  void readsTheLicence() {
    assertThat(spec.licence()).isEqualTo("Dual BSD/GPL");
  }

  private static long number(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.length == 4 ? Integer.toUnsignedLong(buffer.getInt()) : buffer.getLong();
  }
}
