// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpInfoFieldsTest {
  private final MemorySegment returned = Arena.ofAuto().allocate(Scratch.OPTION_BYTES, 8);

  @ParameterizedTest
  @CsvSource({
    "state,0",
    "rto,8",
    "unacked,24",
    "rtt,68",
    "rttvar,72",
    "total_retrans,100",
    "pacing_rate,104",
    "bytes_acked,120",
    "bytes_received,128"
  })
  void laysTcpInfoOutAsTheKernelDoes(String field, long offset) {
    assertThat(TcpInfoFields.LAYOUT.byteOffset(groupElement(field))).isEqualTo(offset);
    assertThat(TcpInfoFields.LAYOUT.byteSize()).isEqualTo(136);
  }

  @Test
  void readsEachFieldFromItsPlace() {
    returned.set(ValueLayout.JAVA_BYTE, 0, (byte) 8);
    returned.set(ValueLayout.JAVA_INT, 24, 3);
    returned.set(ValueLayout.JAVA_INT, 68, -1);
    returned.set(ValueLayout.JAVA_INT, 72, 25);
    returned.set(ValueLayout.JAVA_INT, 100, 7);
    returned.set(ValueLayout.JAVA_LONG, 120, 1L << 40);
    returned.set(ValueLayout.JAVA_LONG, 128, 9);
    TcpInfoFields fields = TcpInfoFields.copyOf(returned.asSlice(0, 248));
    returned.fill((byte) 0); // A copy: the thread's memory is used again.
    assertThat(fields.state()).isEqualTo(8);
    assertThat(fields.unacked()).isEqualTo(3);
    assertThat(fields.rtt()).isEqualTo(0xffff_ffffL);
    assertThat(fields.rttvar()).isEqualTo(25);
    assertThat(fields.totalRetrans()).isEqualTo(7);
    assertThat(fields.bytesAcked()).hasValue(1L << 40);
    assertThat(fields.bytesReceived()).hasValue(9);
  }

  @ParameterizedTest
  @CsvSource({
    "104,false,false",
    "127,false,false",
    "128,true,false",
    "135,true,false",
    "136,true,true"
  })
  void leavesOutWhatAnOlderKernelDidNotReturn(int bytes, boolean acked, boolean received) {
    TcpInfoFields fields = TcpInfoFields.copyOf(returned.asSlice(0, bytes));
    assertThat(fields.bytesAcked().isPresent()).isEqualTo(acked);
    assertThat(fields.bytesReceived().isPresent()).isEqualTo(received);
  }

  @Test
  void refusesLessThanAnyKernelReturns() {
    assertThatThrownBy(() -> TcpInfoFields.copyOf(returned.asSlice(0, 103)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("reading TCP_INFO of 103 bytes: expected at least 104");
  }
}
