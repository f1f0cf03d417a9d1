// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static dev.sluice.linux.ffi.SocketAddressLayout.AF_INET;
import static dev.sluice.linux.ffi.SocketAddressLayout.AF_INET6;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketAddressLayoutTest {
  private final MemorySegment memory =
      Arena.ofAuto().allocate(SocketAddressLayout.STORAGE_BYTES, 8).fill((byte) 0x5a);

  @ParameterizedTest
  @CsvSource({"sin_family,0", "sin_port,2", "sin_addr,4"})
  void laysSockaddrInOutAsTheKernelDoes(String field, long offset) {
    assertThat(SocketAddressLayout.SOCKADDR_IN.byteOffset(groupElement(field))).isEqualTo(offset);
    assertThat(SocketAddressLayout.SOCKADDR_IN.byteSize()).isEqualTo(16);
  }

  @ParameterizedTest
  @CsvSource({"sin6_family,0", "sin6_port,2", "sin6_flowinfo,4", "sin6_addr,8", "sin6_scope_id,24"})
  void laysSockaddrIn6OutAsTheKernelDoes(String field, long offset) {
    assertThat(SocketAddressLayout.SOCKADDR_IN6.byteOffset(groupElement(field))).isEqualTo(offset);
    assertThat(SocketAddressLayout.SOCKADDR_IN6.byteSize()).isEqualTo(28);
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.1.2, 80, 2, 02000050 0a070102 0000000000000000",
    "255.255.255.255, 65535, 2, 0200ffff ffffffff 0000000000000000",
    "2001:db8::1, 15001, 10, 0a003a99 00000000 20010db8000000000000000000000001 00000000",
    "10.7.1.2, 80, 10, 0a000050 00000000 00000000000000000000ffff0a070102 00000000",
    "0.0.0.0, 80, 10, 0a000050 00000000 00000000000000000000000000000000 00000000",
    "0.0.0.0, 80, 2, 02000050 00000000 0000000000000000",
    "2001:db8::1, 80, 2, 0a000050 00000000 20010db8000000000000000000000001 00000000",
  })
  void encodesByTheFamilyOfTheSocket(String host, int port, int family, String hex) {
    int length = SocketAddressLayout.encode(address(host, port), family, memory);
    assertThat(hex(length)).isEqualTo(hex.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 1, 2",
    "192.0.2.255, 65535, 2",
    "::1, 0, 10",
    "2001:db8:ffff::80, 40000, 10",
    "192.0.2.1, 443, 10"
  })
  void readsBackWhatItWrote(String host, int port, int family) {
    InetSocketAddress written = address(host, port);
    SocketAddressLayout.encode(written, family, memory);
    assertThat(SocketAddressLayout.decode(memory)).isEqualTo(written);
  }

  @Test
  void keepsTheScopeOfALinkLocalAddress() throws Exception {
    byte[] bytes = InetAddress.ofLiteral("fe80::1").getAddress();
    SocketAddressLayout.encode(
        new InetSocketAddress(Inet6Address.getByAddress(null, bytes, 0x01020304), 9),
        AF_INET6,
        memory);
    assertThat(memory.get(ValueLayout.JAVA_INT, 24)).isEqualTo(0x01020304);
    InetAddress read = SocketAddressLayout.decode(memory).getAddress();
    assertThat(read)
        .isInstanceOfSatisfying(
            Inet6Address.class, v6 -> assertThat(v6.getScopeId()).isEqualTo(0x01020304));
  }

  @Test
  void readsAMappedAddressAsIpv4() {
    SocketAddressLayout.encode(address("198.51.100.7", 7), AF_INET6, memory);
    assertThat(SocketAddressLayout.decode(memory).getAddress()).isInstanceOf(Inet4Address.class);
  }

  @Test
  void writesNothingBehindTheAddress() {
    int length = SocketAddressLayout.encode(address("10.0.0.1", 80), AF_INET, memory);
    assertThat(memory.asSlice(length).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x5a);
    length = SocketAddressLayout.encode(address("::1", 80), AF_INET6, memory);
    assertThat(memory.asSlice(length).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x5a);
  }

  @Test
  void refusesAFamilyThatIsNotIp() {
    memory.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
    assertThatThrownBy(() -> SocketAddressLayout.decode(memory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("family 1: expected AF_INET (2) or AF_INET6 (10)");
  }

  private String hex(int length) {
    byte[] bytes = memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return HexFormat.of().formatHex(bytes);
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
