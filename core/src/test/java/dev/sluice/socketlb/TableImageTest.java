// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.TransportProtocol;
import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;
import dev.sluice.socketlb.BackendSet.Frontend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TableImageTest {
  /** Needs no proxy, because there is no policy. */
  private static final int WITHOUT_POLICY = 1 << 16 | 1;

  private static final HexFormat HEX = HexFormat.of();

  @Test
  void writesAServiceWithItsSlotsInNetworkOrder() {
    TableImage image =
        TableImage.of(
            List.of(
                set("default/a:http/TCP/IPv4", ip("10.96.0.10"), 80, 0, "10.0.0.1", "10.0.0.2")),
            List.of(),
            new TableIds());

    assertThat(image.entries()).isEqualTo(3);
    assertThat(keys(image))
        .containsExactly(
            "01060050" + word(0) + "00000000000000000000ffff0a60000a",
            "04000000" + word(1) + word(0) + "000000000000000000000000",
            "04000000" + word(1) + word(1) + "000000000000000000000000");
    assertThat(values(image))
        .containsExactly(
            word(1) + word(2) + word(0) + word(WITHOUT_POLICY) + "0000000000000000",
            "00000000000000000000ffff0a000001" + word(1) + "1f900000",
            "00000000000000000000ffff0a000002" + word(2) + "1f900000");
  }

  @Test
  void givesNoNumberAgainThatSomethingMayStillReferTo() {
    TableIds ids = new TableIds();
    ids.knowSet("default/b:http/TCP/IPv4", 2);
    ids.takeSets(List.of(7, 3));
    ids.takeBackend(9);

    assertThat(ids.ofSet("default/b:http/TCP/IPv4")).isEqualTo(2);
    assertThat(ids.ofSet("default/a:http/TCP/IPv4")).isEqualTo(8);
    assertThat(ids.ofBackend(new InetSocketAddress(ip("10.0.0.2"), 8080))).isEqualTo(10);
  }

  @Test
  void keepsNumbersFromOneTableToTheNext() {
    TableIds ids = new TableIds();
    ids.knowSet("default/b:http/TCP/IPv4", 7);
    ids.knowBackend(new InetSocketAddress(ip("10.0.0.2"), 8080), 9);

    TableImage image =
        TableImage.of(
            List.of(
                set("default/a:http/TCP/IPv4", ip("10.96.0.10"), 80, 0, "10.0.0.1", "10.0.0.2"),
                set("default/b:http/TCP/IPv4", ip("10.96.0.11"), 80, 0, "10.0.0.2")),
            List.of(),
            ids);

    assertThat(image.names())
        .containsEntry(8, "default/a:http/TCP/IPv4")
        .containsEntry(7, "default/b:http/TCP/IPv4");
    assertThat(values(image))
        .contains("00000000000000000000ffff0a000002" + word(9) + "1f900000")
        .contains("00000000000000000000ffff0a000001" + word(10) + "1f900000");
  }

  @Test
  void namesTheBackendsOfAServiceWithAffinityBesidesTheirSlots() {
    TableImage image =
        TableImage.of(
            List.of(set("default/a:http/TCP/IPv4", ip("10.96.0.10"), 80, 60, "10.0.0.1")),
            List.of(),
            new TableIds());

    assertThat(keys(image))
        .containsExactly(
            "01060050" + word(0) + "00000000000000000000ffff0a60000a",
            "04000000" + word(1) + word(0) + "000000000000000000000000",
            "05000000" + word(1) + word(1) + "000000000000000000000000");
  }

  @Test
  void writesNodePortsByFamilyAndTheAddressesOfTheNode() {
    BackendSet set =
        new BackendSet(
            "default/a:dns/UDP/IPv6",
            new Frontend(true, TransportProtocol.UDP, List.of(), 53, 30053),
            0,
            List.of(),
            List.of(new InetSocketAddress(ip("fd00::1"), 53)));

    TableImage image =
        TableImage.of(List.of(set), List.of(ip("192.0.2.1"), ip("2001:db8::1")), new TableIds());

    assertThat(keys(image))
        .containsExactly(
            "03000000" + word(0) + "00000000000000000000ffffc0000201",
            "03000000" + word(0) + "20010db8000000000000000000000001",
            "02117565" + word(10) + "00000000000000000000000000000000",
            "06000000" + word(1) + word(1) + "000000000000000000000000");
    assertThat(values(image))
        .contains(word(1) + word(0) + word(0) + word(WITHOUT_POLICY) + "0000000000000000");
  }

  @Test
  void deniesAtTheServiceIpAndNotAtTheNodePort() {
    PolicyDecision denied = new PolicyDecision.Denied("default/p", "why");
    BackendSet set =
        new BackendSet(
            "default/a:http/TCP/IPv4",
            new Frontend(false, TransportProtocol.TCP, List.of(ip("10.96.0.10")), 80, 30080),
            0,
            List.of(),
            List.of(),
            new DataPath.Socket(PathReason.DENIED, "why", denied));

    TableImage image = TableImage.of(List.of(set), List.of(), new TableIds());

    assertThat(values(image))
        .containsExactly(
            word(1) + word(0) + word(0) + word(3 << 16 | 2) + "0000000000000000",
            word(1) + word(0) + word(0) + word(3 << 16) + "0000000000000000");
    assertThat(image.reasons()).containsExactly(Map.entry(1, "why"));
    assertThat(PathBits.reason(3 << 16 | 2)).isEqualTo(PathReason.DENIED);
  }

  @Test
  void hasNoKeyTwice() {
    List<BackendSet> sets = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      sets.add(
          set(
              "default/s" + i,
              ip("10.97." + i / 250 + "." + i % 250),
              80,
              30,
              "10.0.0.1",
              "10.0.0.2"));
    }

    TableImage image = TableImage.of(sets, List.of(ip("192.0.2.1")), new TableIds());

    assertThat(new HashSet<>(keys(image))).hasSize(image.entries()).hasSize(1 + 500 * 5);
  }

  private static BackendSet set(
      String name, InetAddress address, int port, int affinitySeconds, String... backends) {
    return new BackendSet(
        name,
        new Frontend(false, TransportProtocol.TCP, List.of(address), port, 0),
        affinitySeconds,
        Arrays.stream(backends).map(b -> new InetSocketAddress(ip(b), 8080)).toList(),
        List.of());
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private static List<String> keys(TableImage image) {
    return split(image.keys(), TableLayout.KEY_BYTES);
  }

  private static List<String> values(TableImage image) {
    return split(image.values(), TableLayout.VALUE_BYTES);
  }

  private static List<String> split(byte[] bytes, int each) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < bytes.length; i += each) {
      parts.add(HEX.formatHex(bytes, i, i + each));
    }
    return parts;
  }

  private static String word(int number) {
    return HEX.formatHex(
        ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(number).array());
  }
}
