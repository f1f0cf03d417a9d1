// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes written out by hand from linux/inet_diag.h; both architectures are little-endian. */
class InetDiagCodecTest {
  private static final String V4_PADDING = "000000000000000000000000";

  @Test
  void laysTheRequestOutAsTheKernelDoes() {
    byte[] request =
        InetDiagCodec.destroyRequest(
            new SocketId(
                SocketProtocol.TCP,
                AddressFamily.INET,
                at("10.7.1.2", 0x1234),
                at("10.7.2.3", 0x5678),
                0x0a0b0c0d,
                0x1122334455667788L));
    assertThat(request).hasSize(InetDiagCodec.REQUEST_BYTES);
    assertThat(hex(request))
        .isEqualTo(
            "02060000" // sdiag_family, sdiag_protocol, idiag_ext, pad
                + "fe1f0000" // idiag_states
                + "12345678" // idiag_sport, idiag_dport
                + ("0a070102" + V4_PADDING) // idiag_src
                + ("0a070203" + V4_PADDING) // idiag_dst
                + "0d0c0b0a" // idiag_if
                + "8877665544332211"); // idiag_cookie, the lower half first
  }

  @ParameterizedTest
  @CsvSource({
    "INET, 192.0.2.1, c0000201000000000000000000000000",
    "INET6, 192.0.2.1, 00000000000000000000ffffc0000201",
    "INET6, 0.0.0.0, 00000000000000000000ffff00000000",
    "INET6, 2001:db8::1, 20010db8000000000000000000000001",
    "INET6, ::, 00000000000000000000000000000000"
  })
  void writesAddressesByTheFamilyOfTheSocketAndReadsThemBack(
      AddressFamily family, String host, String expected) throws Exception {
    SocketId id =
        new SocketId(SocketProtocol.UDP, family, at(host, 53), at(host, 9), 0, Long.MIN_VALUE);
    byte[] request = InetDiagCodec.destroyRequest(id);
    assertThat(hex(Arrays.copyOfRange(request, 12, 28))).isEqualTo(expected);
    assertThat(InetDiagCodec.entry(SocketProtocol.UDP, answer(request)).id()).isEqualTo(id);
  }

  @Test
  void turnsLookupsOfUdpRoundAndThoseOfTcpNot() {
    for (SocketProtocol protocol : SocketProtocol.values()) {
      SocketId id =
          new SocketId(protocol, AddressFamily.INET, at("10.0.0.1", 1), at("10.0.0.2", 2), 0, 5);
      String ports = hex(Arrays.copyOfRange(InetDiagCodec.lookupRequest(id), 8, 12));
      assertThat(ports).isEqualTo(protocol == SocketProtocol.UDP ? "00020001" : "00010002");
    }
  }

  @Test
  void readsWhatTheKernelSays() throws Exception {
    byte[] message =
        HexFormat.of()
            .parseHex(
                "0a080000" // idiag_family, idiag_state, idiag_timer, idiag_retrans
                    + "b0f71f90" // ports 45303 and 8080
                    + "00000000000000000000ffff0a070102"
                    + "00000000000000000000ffff0a070203"
                    + "03000000" // idiag_if
                    + "ffffffffffffffff" // idiag_cookie
                    + "010000000200000003000000" // idiag_expires, idiag_rqueue, idiag_wqueue
                    + "ffff0000" // idiag_uid
                    + "feffffff" // idiag_inode
                    + "05000800" // an attribute of one byte, which is not read
                    + "00000000"
                    + "06001600" // INET_DIAG_SOCKOPT
                    + "32010000"); // is_icsk, mc_loop and transparent; defer_connect
    assertThat(InetDiagCodec.entry(SocketProtocol.TCP, buffer(message)))
        .isEqualTo(
            new SocketEntry(
                new SocketId(
                    SocketProtocol.TCP,
                    AddressFamily.INET6,
                    at("10.7.1.2", 45303),
                    at("10.7.2.3", 8080),
                    3,
                    -1),
                TcpState.CLOSE_WAIT,
                0xfffffffeL,
                65535,
                true));
  }

  /** Older kernels don't send that; what is cut short is not read past its end. */
  @ParameterizedTest
  @ValueSource(strings = {"", "06001600", "00000000" + "22000000", "06001600" + "12010000", "ff"})
  void takesASocketForNoTransparentOneUnlessTheKernelSaysSo(String attributes) throws Exception {
    byte[] tail = HexFormat.of().parseHex(attributes);
    byte[] message = new byte[InetDiagCodec.MESSAGE_BYTES + tail.length];
    message[0] = (byte) AddressFamily.INET.number();
    message[1] = (byte) TcpState.ESTABLISHED.number();
    System.arraycopy(tail, 0, message, InetDiagCodec.MESSAGE_BYTES, tail.length);

    assertThat(InetDiagCodec.entry(SocketProtocol.TCP, buffer(message)).transparent()).isFalse();
  }

  @Test
  void readsAMappedAddressAsIpv4() throws Exception {
    SocketId id =
        new SocketId(
            SocketProtocol.UDP, AddressFamily.INET6, at("192.0.2.1", 1), at("::1", 2), 0, 1);
    SocketEntry read =
        InetDiagCodec.entry(SocketProtocol.UDP, answer(InetDiagCodec.destroyRequest(id)));
    assertThat(read.id().local().getAddress()).isInstanceOf(Inet4Address.class);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 'family 1: expected AF_INET (2) or AF_INET6 (10)'", "2, 0, state 0"})
  void refusesNumbersItDoesNotKnow(byte family, byte state, String complaint) {
    byte[] message = new byte[InetDiagCodec.MESSAGE_BYTES];
    message[0] = family;
    message[1] = state;
    assertThatThrownBy(() -> InetDiagCodec.entry(SocketProtocol.TCP, buffer(message)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(complaint);
  }

  @Test
  void refusesAMessageThatIsTooShort() {
    byte[] message = new byte[InetDiagCodec.MESSAGE_BYTES - 1];
    assertThatThrownBy(() -> InetDiagCodec.entry(SocketProtocol.TCP, buffer(message)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("71 bytes: expected 72 or more");
  }

  /** The kernel's answer about the socket that a request names. */
  private static ByteBuffer answer(byte[] request) {
    byte[] message = new byte[InetDiagCodec.MESSAGE_BYTES];
    message[0] = request[0];
    message[1] = (byte) TcpState.ESTABLISHED.number();
    System.arraycopy(request, 8, message, 4, InetDiagCodec.ID_BYTES);
    return buffer(message);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
