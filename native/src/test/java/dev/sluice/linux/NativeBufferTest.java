// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeBufferTest {
  @Test
  void holdsBytesUpToItsEnd() {
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      buffer.put(0, new byte[] {1, 2, 3, 4});
      buffer.put(4, new byte[] {5, 6, 7, 8});
      assertThat(buffer.get(0, 8)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
      assertThat(buffer.get(8, 0)).isEmpty();
      assertThat(buffer.capacity()).isEqualTo(8);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1,1", "0,9", "8,1", "5,4", "2147483647,1", "0,-1"})
  void refusesBytesOutside(int offset, int length) {
    try (NativeBuffer buffer = NativeBuffer.allocate(8)) {
      assertThatThrownBy(() -> buffer.get(offset, length))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("of a buffer of 8");
    }
  }

  @Test
  void refusesToBeUsedAfterCloseAndClosesOnce() {
    NativeBuffer buffer = NativeBuffer.allocate(8);
    buffer.close();
    buffer.close();
    assertThatThrownBy(buffer::address).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> buffer.put(0, new byte[1])).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void refusesASizeThatIsNone(int bytes) {
    assertThatThrownBy(() -> NativeBuffer.allocate(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("" + bytes);
  }
}
