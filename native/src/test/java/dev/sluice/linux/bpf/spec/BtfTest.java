// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class BtfTest {
  private final BtfBuilder builder = new BtfBuilder();

  @Test
  void measuresTypesThroughTypedefsAndArrays() throws SpecException {
    int number = builder.integer("int", 4);
    int row = builder.array(builder.typedef("cell", number), 3);
    int table = builder.array(row, 5);
    Btf btf = builder.build();
    assertThat(btf.bytes(table)).isEqualTo(60);
    assertThat(btf.bytes(row)).isEqualTo(12);
    assertThat(btf.resolved(2).name()).isEqualTo("int");
    assertThat(btf.count()).isEqualTo(4);
  }

  @Test
  void refusesLoopsOfTypedefsAndArrays() throws SpecException {
    builder.typedef("a", 2);
    builder.typedef("b", 1);
    builder.array(3, 1);
    Btf btf = builder.build();
    assertThatThrownBy(() -> btf.bytes(1))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("more than 32 typedefs");
    assertThatThrownBy(() -> btf.bytes(3))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("more than 32 dimensions");
  }

  @Test
  void refusesSizesThatOverflow() throws SpecException {
    int number = builder.integer("long", 8);
    int large = builder.array(number, 1 << 30);
    Btf btf = builder.build();
    assertThatThrownBy(() -> btf.bytes(large))
        .isInstanceOf(SpecException.class)
        .hasMessage("reading BTF type 2: it has more than 2 GiB");
    assertThatThrownBy(() -> btf.bytes(0))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("has no size");
  }

  @Test
  void refusesTypesThatAreNotThere() throws SpecException {
    builder.pointer(99);
    Btf btf = builder.build();
    assertThat(btf.type(1)).isEqualTo(new BtfType.Pointer(99));
    assertThatThrownBy(() -> btf.type(99)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> btf.type(-1))
        .isInstanceOf(SpecException.class)
        .hasMessage("reading BTF: type 4294967295 of 1 is asked for");
  }

  @Test
  void refusesKindsThatItCannotMeasure() {
    builder.unknownKind();
    assertThatThrownBy(builder::build)
        .isInstanceOf(SpecException.class)
        .hasMessage("reading BTF type 1: its kind is 31, expected 1 to 19");
  }

  @Test
  void findsFunctionsAndSectionsOfVariables() throws SpecException {
    Btf btf = TestObjects.parse("kinds").types();
    int function = btf.function("steer").orElseThrow();
    assertThat(btf.type(function).name()).isEqualTo("steer");
    assertThat(btf.function("stee")).isEmpty();
    assertThat(btf.variables(".data")).containsOnlyKeys("seen");
    assertThat(btf.variables(".nothing")).isEqualTo(Map.of());
  }

  @Test
  void fillsInSectionsForTheKernel() throws SpecException {
    CollectionSpec spec = TestObjects.parse("kinds");
    Btf before = spec.types();
    Btf after = Btf.parse(spec.typesForKernel());
    int section = before.dataSection(".rodata").orElseThrow();
    assertThat(sizeOfSection(before, section)).isZero();
    assertThat(sizeOfSection(after, section)).isEqualTo(spec.rodata().content().length);
    assertThat(after.count()).isEqualTo(before.count());
    assertThat(after.variables(".maps")).isEqualTo(before.variables(".maps"));
  }

  private static int sizeOfSection(Btf btf, int id) throws SpecException {
    return ByteWindow.of("types", btf.copy()).i32(btf.offsetInBlob(id) + 8L);
  }
}
