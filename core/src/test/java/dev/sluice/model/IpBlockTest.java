// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpBlockTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.0.0.0/9, 10.127.255.255, true",
    "10.0.0.0/9, 10.128.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.6, false",
    "192.0.2.6/31, 192.0.2.7, true",
    "192.0.2.6/31, 192.0.2.8, false",
    "0.0.0.0/0, 255.255.255.255, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 192.0.2.1, false",
    "2001:db8::/33, 2001:db8:7fff:ffff::, true",
    "2001:db8::/33, 2001:db8:8000::, false",
    "2001:db8::1, 2001:db8::1, true",
    "2001:db8::1/128, 2001:db8::2, false",
  })
  void containsWhatSharesThePrefix(String block, String address, boolean contained) {
    assertThat(IpBlock.parse(block).contains(IpLiteral.parse(address))).isEqualTo(contained);
  }

  @Test
  void containsAnIpv4ClientThatArrivesMappedIntoIpv6() throws UnknownHostException {
    InetAddress mapped = mapped(10, 7, 1, 2);

    assertThat(mapped).isInstanceOf(Inet6Address.class);
    assertThat(IpBlock.parse("10.7.0.0/16").contains(mapped)).isTrue();
    assertThat(IpBlock.parse("10.8.0.0/16").contains(mapped)).isFalse();
    assertThat(IpBlock.parse("::/0").contains(mapped)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/8/8",
        "10.0.0/8",
        "10/8",
        "010.0.0.1",
        "256.0.0.1",
        "10.0.0.1 ",
        "0x0a.0.0.1",
        "*",
        "example.org",
        "2001:db8::/129",
        "2001:db8:::1",
        "fe80::1%eth0",
        "[2001:db8::1]",
        "::ffff:10.0.0.0/104",
        "::ffff:a00:1",
        "\u0661.1.1.1",
      })
  void refusesWhatTwoReadersCouldTakeForDifferentThings(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpBlock.parse(text))
        .withMessageContaining("expected");
  }

  @Test
  void printsIpv6InItsShortForm() {
    assertThat(IpBlock.parse("2001:0DB8:0:0::/32")).hasToString("2001:db8::/32");
  }

  static InetAddress mapped(int... v4) throws UnknownHostException {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    for (int i = 0; i < 4; i++) {
      bytes[12 + i] = (byte) v4[i];
    }
    // Unlike InetAddress, this factory keeps the form that an IPv6 socket reports.
    return Inet6Address.getByAddress("", bytes, -1);
  }
}
