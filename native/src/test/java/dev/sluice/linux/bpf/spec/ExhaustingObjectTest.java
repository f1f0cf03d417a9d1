// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Small files that would take much memory or time if they were believed. */
@Timeout(10)
class ExhaustingObjectTest {
  private static final byte[] LICENCE = "Dual BSD/GPL\0".getBytes(UTF_8);

  @Test
  void readsWhatTheBuilderWrites() throws SpecException {
    BtfBuilder types = new BtfBuilder();
    int number = types.integer("int", 4);
    types.section(".rodata", types.variable("limit", number));
    ElfBuilder elf = withTypes(types);
    elf.object("limit", elf.section(".rodata", new byte[] {7, 0, 0, 0}), 0, 4);
    CollectionSpec spec = CollectionSpec.parse(elf.build());
    assertThat(spec.rodata().get("limit")).containsExactly(7, 0, 0, 0);
    assertThat(spec.programs()).isEmpty();
    assertThat(spec.licence()).isEqualTo("Dual BSD/GPL");
  }

  @Test
  void refusesGigabytesOfZeroes() {
    ElfBuilder elf = withTypes(new BtfBuilder());
    for (int i = 0; i < 1000; i++) {
      elf.zeroed(".bss." + i, 16 << 20);
    }
    assertRefused(elf, "come to more than");
  }

  @Test
  void refusesSectionsThatAreTheSameBytes() {
    ElfBuilder elf = withTypes(new BtfBuilder());
    elf.section(".data", new byte[100_000]);
    for (int i = 0; i < 1000; i++) {
      elf.overlapping(".rodata." + i, 100_000);
    }
    assertRefused(elf, "sections overlap");
  }

  @Test
  void refusesSizesThatOverflow() {
    ElfBuilder elf = withTypes(new BtfBuilder());
    elf.zeroed(".bss", -1);
    assertRefused(elf, "18446744073709551615 bytes");
  }

  @Test
  void refusesMapsThatAreDescribedByThousandsOfWords() {
    BtfBuilder types = new BtfBuilder();
    BtfBuilder.Field[] keys = new BtfBuilder.Field[65_535];
    // Each is a pointer to the very struct that it is in.
    int struct = 2;
    int pointer = types.pointer(struct);
    Arrays.fill(keys, new BtfBuilder.Field("key", pointer, 0));
    assertThat(types.struct("", 8, keys)).isEqualTo(struct);
    types.section(".maps", types.variable("endless", struct));
    ElfBuilder elf = withTypes(types);
    elf.object("endless", elf.section(".maps", new byte[8]), 0, 8);
    assertRefused(elf, "reading map endless: it is described by 65535 members");
  }

  @Test
  void refusesThousandsOfMaps() {
    BtfBuilder types = new BtfBuilder();
    int number = types.integer("int", 4);
    int type = types.pointer(types.array(number, 1));
    int definition = types.struct("", 8, new BtfBuilder.Field("type", type, 0));
    int[] variables = new int[1000];
    for (int i = 0; i < variables.length; i++) {
      variables[i] = types.variable("map" + i, definition);
    }
    types.section(".maps", variables);
    ElfBuilder elf = withTypes(types);
    int section = elf.section(".maps", new byte[8 * variables.length]);
    for (int i = 0; i < variables.length; i++) {
      elf.object("map" + i, section, 8L * i, 8);
    }
    assertRefused(elf, "more than 256 maps");
  }

  @Test
  void refusesFilesThatAreNoObjectsOfOurs() {
    assertThatThrownBy(() -> CollectionSpec.parse(new byte[5 << 20]))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("it has 5242880 bytes, expected at most 4194304");
  }

  private static ElfBuilder withTypes(BtfBuilder types) {
    ElfBuilder elf = new ElfBuilder();
    elf.section(".BTF", types.bytes());
    elf.section("license", LICENCE);
    return elf;
  }

  private static void assertRefused(ElfBuilder elf, String why) {
    assertThatThrownBy(() -> CollectionSpec.parse(elf.build()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(why);
  }
}
