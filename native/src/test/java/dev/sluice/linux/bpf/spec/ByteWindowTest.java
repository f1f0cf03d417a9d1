// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteWindowTest {
  /** The window is bytes 4 to 11 of these: there is more on both sides. */
  private static final byte[] BYTES = {-1, -1, -1, -1, 1, 2, 3, 4, 5, 6, 7, -128, -1, -1, -1, -1};

  private ByteWindow window;

  @BeforeEach
  void slice() throws SpecException {
    window = ByteWindow.of("all", BYTES).slice("the part", 4, 8);
  }

  @Test
  void readsLittleEndianUpToItsEnd() throws SpecException {
    assertThat(window.u8(7)).isEqualTo(0x80);
    assertThat(window.u16(6)).isEqualTo(0x8007);
    assertThat(window.u32(4)).isEqualTo(0x8007_0605L);
    assertThat(window.i32(4)).isEqualTo(0x8007_0605);
    assertThat(window.u64(0)).isEqualTo(0x8007_0605_0403_0201L);
    assertThat(window.copy()).containsExactly(1, 2, 3, 4, 5, 6, 7, -128);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 8, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32})
  void readsNothingBesideItself(long offset) {
    assertThatThrownBy(() -> window.u64(offset))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("of the part: it has 8");
    assertThatThrownBy(() -> window.u8(offset == 1 ? 8 : offset)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> window.slice("inside", offset, 8)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> window.name(offset)).isInstanceOf(SpecException.class);
  }

  @Test
  void slicesUpToItsEnd() throws SpecException {
    assertThat(window.slice("the rest", 8, 0).length()).isZero();
    assertThat(window.slice("the rest", 7, 1).u8(0)).isEqualTo(0x80);
    assertThatThrownBy(() -> window.slice("more", 0, 9)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> window.slice("less", 4, -1)).isInstanceOf(SpecException.class);
  }

  @Test
  void readsTextThatEndsInside() throws SpecException {
    ByteWindow texts = ByteWindow.of("texts", "\0one\0two".getBytes(UTF_8));
    assertThat(texts.name(0)).isEmpty();
    assertThat(texts.name(1)).isEqualTo("one");
    assertThat(texts.holdsText(1, "one".getBytes(UTF_8))).isTrue();
    assertThat(texts.holdsText(1, "on".getBytes(UTF_8))).isFalse();
    assertThat(texts.holdsText(5, "two".getBytes(UTF_8))).isFalse();
    assertThat(texts.holdsText(-1, "two".getBytes(UTF_8))).isFalse();
    assertThatThrownBy(() -> texts.name(5))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("it has no end");
    assertThatThrownBy(() -> texts.text(1, 2)).isInstanceOf(SpecException.class);
    assertThat(texts.text(1, 3)).isEqualTo("one");
  }
}
