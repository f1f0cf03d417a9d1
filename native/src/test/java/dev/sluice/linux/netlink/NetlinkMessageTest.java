// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetlinkMessageTest {
  private static final String DONE = "14000000 0300 0200 07000000 00000000 00000000";

  @Test
  void laysTheHeaderOutAsTheKernelDoes() {
    byte[] bytes = NetlinkMessage.request(0x15, NetlinkMessage.FLAG_ACK, 0x01020304, new byte[4]);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo("14000000" + "1500" + "0500" + "04030201" + "00000000" + "00000000");
  }

  @Test
  void splitsADatagramAtMultiplesOfFour() throws Exception {
    List<NetlinkMessage> messages =
        NetlinkMessage.parse(bytes("13000000 1400 0200 07000000 00000000 aabbcc 00" + DONE));
    assertThat(messages).extracting(NetlinkMessage::type).containsExactly(0x14, 3);
    assertThat(messages).extracting(NetlinkMessage::sequence).containsOnly(7);
    assertThat(messages.getFirst().payload().limit()).isEqualTo(3);
    assertThat(messages.getLast().isLast()).isTrue();
    assertThat(messages.getLast().errno()).isZero();
  }

  @Test
  void takesALastMessageWithoutItsPadding() throws Exception {
    assertThat(NetlinkMessage.parse(bytes("11000000 1400 0000 01000000 00000000 aa"))).hasSize(1);
  }

  @Test
  void readsTheErrorAsAPositiveNumber() throws Exception {
    NetlinkMessage error =
        NetlinkMessage.parse(bytes("14000000 0200 0000 01000000 00000000 a1ffffff")).getFirst();
    assertThat(error.errno()).isEqualTo(95);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000000", "0f000000", "15000000", "ffffffff", "ffffff7f", "00000080"})
  void refusesALengthThatLeadsOutOfTheDatagram(String length) {
    assertThatThrownBy(
            () -> NetlinkMessage.parse(bytes(length + "1400 0000 01000000 00000000 00000000")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of a datagram of 20: expected 16 to 20");
  }

  @ParameterizedTest
  @CsvSource({
    "12000000 0200 0000 01000000 00000000 0000, type 2 with 2 bytes",
    "14000000 1400 0000 01000000 00000000 00000000, type 20 with 4 bytes"
  })
  void refusesAnErrorThatIsNone(String datagram, String complaint) throws Exception {
    NetlinkMessage message = NetlinkMessage.parse(bytes(datagram)).getFirst();
    assertThatThrownBy(message::errno)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(complaint);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
