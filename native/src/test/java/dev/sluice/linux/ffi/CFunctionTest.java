// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CFunctionTest {
  private final Scratch scratch = Scratch.current();

  @Test
  void passesSixArgumentsInOrderToAFunctionOfVariableArguments() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(64);
      int length =
          CFunction.named("snprintf")
              .call(
                  scratch,
                  text.address(),
                  text.byteSize(),
                  arena.allocateFrom("%ld %ld %d").address(),
                  Long.MIN_VALUE,
                  4_294_967_296L,
                  -1);
      assertThat(text.getString(0)).isEqualTo("-9223372036854775808 4294967296 -1");
      assertThat(length).isEqualTo(34);
    }
  }

  @Test
  void doesNotMindBitsAboveAnInt() {
    assertThat(CFunction.named("abs").call(scratch, 0x7fff_ffff_ffff_fff9L)).isEqualTo(7);
  }

  @Test
  void takesMinusOneOfAnIntForAnErrorWhateverStandsAboveIt() {
    assertThat(Errno.EBADF.returnedBy(CFunction.named("close").call(scratch, -1))).isTrue();
    assertThat(Errno.EBADF.returnedBy(CFunction.named("read").call(scratch, -1, 0, 0))).isTrue();
  }

  @Test
  void givesAWordWhole() {
    assertThat(CFunction.named("llabs").word(scratch, -5_000_000_000L, 0, 0, 0, 0, 0))
        .isEqualTo(5_000_000_000L);
  }

  @Test
  void namesAFunctionThatIsMissing() {
    assertThatThrownBy(() -> CFunction.named("sluice_nowhere"))
        .isInstanceOf(UnsatisfiedLinkError.class)
        .hasMessage("looking up 'sluice_nowhere' in the C library: not found; expected glibc");
  }
}
