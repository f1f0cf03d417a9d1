// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MembersTest {
  static Stream<StructLayout> structs() {
    return Stream.of(
        SocketAddressLayout.SOCKADDR_IN,
        SocketAddressLayout.SOCKADDR_IN6,
        TcpInfoFields.LAYOUT,
        Linker.Option.captureStateLayout());
  }

  @ParameterizedTest
  @MethodSource("structs")
  void offsetsAreThoseOfTheJdk(StructLayout struct) {
    assertThat(struct.memberLayouts().stream().flatMap(member -> member.name().stream()))
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(Members.offset(struct, name))
                    .isEqualTo(struct.byteOffset(MemoryLayout.PathElement.groupElement(name))));
  }

  @ParameterizedTest
  @MethodSource("structs")
  void whatIsNotAMemberIsRefused(StructLayout struct) {
    assertThatThrownBy(() -> Members.offset(struct, "sin7_port"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sin7_port");
  }
}
