// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SplicePipeTest {
  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void carriesBytesAndTheEndOfTheStream(AddressFamily family) throws Exception {
    try (LoopbackPair in = LoopbackPair.open(family);
        LoopbackPair out = LoopbackPair.open(family);
        SplicePipe pipe = SplicePipe.open(1 << 16);
        NativeBuffer buffer = NativeBuffer.allocate(64)) {
      assertThat(pipe.fill(in.server())).isEqualTo(-Errno.EAGAIN.number());
      buffer.put(0, new byte[] {1, 2, 3, 4, 5});
      assertThat(Sockets.write(in.client(), buffer.address(), 5)).isEqualTo(5);
      assertThat(pipe.fill(in.server())).isEqualTo(5);
      assertThat(pipe.drain(out.client(), 3)).isEqualTo(3);
      assertThat(pipe.drain(out.client(), 5)).isEqualTo(2);
      assertThat(pipe.drain(out.client(), 5)).isEqualTo(-Errno.EAGAIN.number());
      assertThat(Sockets.shutdownWrite(out.client())).isZero();
      out.awaitClientEnd();
      assertThat(Sockets.read(out.server(), buffer.address() + 32, 5)).isEqualTo(5);
      assertThat(buffer.get(32, 5)).containsExactly(1, 2, 3, 4, 5);
      assertThat(Sockets.shutdownWrite(in.client())).isZero();
      in.awaitClientEnd();
      assertThat(pipe.fill(in.server())).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void survivesAReaderThatIsGone(AddressFamily family) throws Exception {
    try (LoopbackPair in = LoopbackPair.open(family);
        LoopbackPair out = LoopbackPair.open(family);
        SplicePipe pipe = SplicePipe.open(1 << 16);
        NativeBuffer buffer = NativeBuffer.allocate(64)) {
      assertThat(Sockets.write(in.client(), buffer.address(), 5)).isEqualTo(5);
      assertThat(pipe.fill(in.server())).isEqualTo(5);
      assertThat(Sockets.shutdownWrite(out.client())).isZero();
      // With SIGPIPE, which would end a process that doesn't ignore it.
      assertThat(pipe.drain(out.client(), 5)).isEqualTo(-Errno.EPIPE.number());
    }
  }

  @Test
  void hasTheRoomThatWasAskedForRoundedUp() throws Exception {
    try (SplicePipe pipe = SplicePipe.open(100_000)) {
      assertThat(pipe.capacity()).isEqualTo(131_072);
    }
  }

  /** No size at all to the kernel, so that it refuses it even from the most privileged. */
  @Test
  void staysAsItWasMadeWhenItsRoomIsRefused() throws Exception {
    try (SplicePipe pipe = SplicePipe.open(-1)) {
      assertThat(pipe.capacity()).isPositive().isLessThanOrEqualTo(65_536);
    }
  }
}
