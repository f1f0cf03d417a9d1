// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static dev.sluice.model.IpFamily.IPV4;
import static dev.sluice.model.IpFamily.IPV6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.IpBlock;
import dev.sluice.model.IpFamily;
import dev.sluice.net.Direction;
import dev.sluice.socketlb.CaptureTables.Listing;
import dev.sluice.socketlb.CaptureTables.PortRule;
import dev.sluice.socketlb.CaptureTables.SubnetRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Java and {@code capture.bpf.c} write to each other, byte by byte. */
final class CaptureCodecsTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final CaptureOptions.ProxyPorts PORTS =
      new CaptureOptions.ProxyPorts(15_001, 15_006);

  @Test
  void writesTheSettingsAsTheProgramsReadThem() {
    CaptureSettings settings =
        new CaptureSettings(
            0x1234, Duration.ofSeconds(1), Capture.WhenDead.CLOSED, PORTS, true, false);
    String expected = quad(0x1234) + quad(1_000_000_000) + word(1) + "3a993a9e" + "0100";

    assertThat(HEX.formatHex(settings.encode())).isEqualTo(expected + "000000000000");
    assertThat(CaptureSettings.decode(settings.encode())).isEqualTo(settings);
  }

  @Test
  void readsBackSettingsInWhichEverythingDiffers() {
    CaptureSettings settings =
        new CaptureSettings(
            Long.MAX_VALUE,
            Duration.ofDays(365),
            Capture.WhenDead.OPEN,
            new CaptureOptions.ProxyPorts(65_535, 1),
            false,
            true);

    assertThat(CaptureSettings.decode(settings.encode())).isEqualTo(settings);
  }

  @ParameterizedTest
  @CsvSource({
    "8080, OUTBOUND, INCLUDED, 1f900101",
    "65535, OUTBOUND, EXCLUDED, ffff0102",
    "1, INBOUND, INCLUDED, 00010201",
    "15008, INBOUND, EXCLUDED, 3aa00202"
  })
  void writesAPort(int port, Direction direction, Listing listing, String bytes) {
    PortRule rule = new PortRule(port, direction, listing);

    assertThat(HEX.formatHex(CaptureTables.portRules().encode(rule))).isEqualTo(bytes);
    assertThat(CaptureTables.portRules().decode(HEX.parseHex(bytes))).isEqualTo(rule);
  }

  /** The family is part of the key: every IPv4 address would be in {@code ::/0} otherwise. */
  @ParameterizedTest
  @CsvSource({
    "10.7.2.9/24, INCLUDED, 152, 1, 1, 00000000000000000000ffff0a070200",
    "0.0.0.0/0, EXCLUDED, 128, 2, 1, 00000000000000000000ffff00000000",
    "10.7.2.2, INCLUDED, 160, 1, 1, 00000000000000000000ffff0a070202",
    "2001:db8:7:2::2/64, EXCLUDED, 96, 2, 0, 20010db8000700020000000000000000",
    "2001:db8::7/127, INCLUDED, 159, 1, 0, 20010db8000000000000000000000006",
    "::/0, INCLUDED, 32, 1, 0, 00000000000000000000000000000000"
  })
  void writesABlockWithoutTheBitsBehindItsPrefix(
      String block, Listing listing, int bits, int list, int v4, String address) {
    SubnetRule rule = SubnetRule.of(IpBlock.parse(block), listing);
    byte[] bytes = CaptureTables.subnetRules().encode(rule);

    assertThat(HEX.formatHex(bytes)).isEqualTo(word(bits) + half(list) + half(v4) + address);
    assertThat(CaptureTables.subnetRules().decode(bytes)).isEqualTo(rule);
  }

  @ParameterizedTest
  @CsvSource({"999, serves", "1000, is DEAD", "1001, is DEAD"})
  void countsTheProxyAsDeadWhenItsPatienceIsOver(long silenceMillis, String verdict) {
    CaptureState state = state(Set.of(IPV6, IPV4), Optional.of(Duration.ofMillis(silenceMillis)));

    assertThat(state.isDead()).isEqualTo(verdict.equals("is DEAD"));
    assertThat(state.text())
        .isEqualTo(
            "fails open, the proxy "
                + verdict
                + ": listens for IPv4 and IPv6, last sign of life "
                + silenceMillis
                + " ms ago (patience 1000 ms), 3 clients not recorded");
  }

  @Test
  void countsAProxyWithoutListenerOrSignAsDead() {
    CaptureState deaf = state(Set.of(), Optional.of(Duration.ZERO));
    assertThat(deaf.isDead()).isTrue();
    assertThat(deaf.text()).contains("is DEAD: no listener, last sign of life 0 ms ago");
    CaptureState mute = state(Set.of(IPV4), Optional.empty());
    assertThat(mute.isDead()).isTrue();
    assertThat(mute.text()).contains("is DEAD: listens for IPv4, last sign of life never");
  }

  private static CaptureState state(Set<IpFamily> listening, Optional<Duration> silence) {
    return new CaptureState(
        new Capture.Without(Capture.WhenDead.OPEN, Duration.ofSeconds(1)), listening, silence, 3);
  }

  private static String half(int value) {
    return HEX.formatHex(buffer(2).putShort((short) value).array());
  }

  private static String word(int value) {
    return HEX.formatHex(buffer(4).putInt(value).array());
  }

  private static String quad(long value) {
    return HEX.formatHex(buffer(8).putLong(value).array());
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }
}
