// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Messages as the kernel writes them, and as it doesn't. */
final class TraceCodecTest {
  private static final int IP = 2;
  private static final String V4_HEADER = "4500003c34d3400040060000" + "0a090102" + "0a090103";
  private static final String SYN = "aabb1f90" + "fedcba98" + "00000000" + "a002faf0" + "00000000";

  @Test
  void readsARuleWithItsPacket() throws IOException {
    Attributes message =
        new Attributes()
            .number(6, 0x1644cf06)
            .number(4, 3)
            .text(1, "nat")
            .text(2, "OUTPUT")
            .raw(3, ByteBuffer.allocate(8).putLong(23).array())
            .nested(5, verdict -> verdict.number(1, -3).text(2, "MESH"))
            .raw(8, HexFormat.of().parseHex(V4_HEADER))
            .raw(9, HexFormat.of().parseHex(SYN))
            .number(14, 0x539);

    TraceMessage read = TraceCodec.read(IP, ByteBuffer.wrap(message.toBytes()), 5);

    assertThat(read.family()).isEqualTo("ip");
    assertThat(read.table()).isEqualTo("nat");
    assertThat(read.chain()).isEqualTo("OUTPUT");
    assertThat(read.event()).isEqualTo(TraceMessage.Event.RULE);
    assertThat(read.rule()).hasValue(23);
    assertThat(read.verdict()).isEqualTo("jump MESH");
    assertThat(read.mark()).isEqualTo(0x539);
    assertThat(read.packet())
        .contains(
            new TracedPacket(
                new InetSocketAddress("10.9.1.2", 0xaabb),
                new InetSocketAddress("10.9.1.3", 8080),
                6,
                0xfedcba98L,
                2));
  }

  @Test
  void readsAPolicyWithoutAPacket() throws IOException {
    Attributes message = new Attributes().number(4, 1).number(16, 0).text(1, "t").text(2, "c");

    TraceMessage read = TraceCodec.read(10, ByteBuffer.wrap(message.toBytes()), 5);

    assertThat(read.family()).isEqualTo("ip6");
    assertThat(read.verdict()).isEqualTo("drop");
    assertThat(read.packet()).isEmpty();
    assertThat(read.rule()).isEmpty();
  }

  @Test
  void takesHeadersThatAreCutForNoPacket() throws IOException {
    byte[] whole = HexFormat.of().parseHex(V4_HEADER);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Attributes message =
          new Attributes().number(4, 1).raw(8, cut).raw(9, HexFormat.of().parseHex(SYN));

      assertThat(TraceCodec.read(IP, ByteBuffer.wrap(message.toBytes()), 5).packet()).isEmpty();
    }
  }

  @Test
  void refusesLengthsThatLeadOutOfTheMessage() {
    assertThatThrownBy(() -> Attributes.parse(ByteBuffer.wrap(new byte[] {9, 0, 1, 0, 0})))
        .isInstanceOf(IOException.class)
        .hasMessage("reading a netlink attribute of 9 bytes at 0 of 5: expected 4 to 5");
    assertThatThrownBy(() -> Attributes.parse(ByteBuffer.wrap(new byte[] {3, 0, 1, 0})))
        .isInstanceOf(IOException.class);
  }

  @Test
  void refusesATypeThatIsUnknown() {
    byte[] message = new Attributes().number(4, 9).toBytes();

    assertThatThrownBy(() -> TraceCodec.read(IP, ByteBuffer.wrap(message), 5))
        .hasMessage("reading a trace message of type 9");
  }
}
