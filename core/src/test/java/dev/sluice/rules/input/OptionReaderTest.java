// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.ExemptMark;
import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.HostNames;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.InterfaceSelection;
import dev.sluice.rules.InvalidRuleOptionsException;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Selection;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Unserved;
import dev.sluice.rules.input.OptionReader.OwnOptions;
import dev.sluice.rules.istio.IstioOptions;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionReaderTest {
  private static final HostNames NAMES =
      new HostNames(Map.of("envoy", 5L), Map.of("java", 7L), Set.of());
  private static final OwnOptions OWN =
      new OwnOptions("133", "REDIRECT", "15053", "none", "closed");

  private static final IstioOptions EVERYTHING_ELSE_THAN_DEFAULT =
      new IstioOptions(
          new IstioOptions.Ports("1", "2", "3"),
          new IstioOptions.Owners("envoy,6", "java,8", "java", ""),
          new IstioOptions.Inbound("TPROXY", "*", "22,8000-8010,9000:9001", "0x10"),
          new IstioOptions.Outbound(
              "10.0.0.0/8,fd00::/8", "10.1.0.0/16", "443,", "25", "127.0.0.0/8"),
          new IstioOptions.Dns(true, false, List.of("10.0.0.53", "junk", "fe80::1%eth0")),
          new IstioOptions.Surroundings("eth1", "tap0", true),
          true);

  @Test
  void readsEveryOption() {
    OptionReader.Options read =
        OptionReader.read(
            EVERYTHING_ELSE_THAN_DEFAULT,
            new OwnOptions("99", "TPROXY", "4", "0x2000", "open"),
            NAMES);

    assertThat(read.notes()).isEmpty();
    assertThat(read.rules())
        .isEqualTo(
            new RuleOptions(
                Interception.TPROXY_BOTH,
                new ProxyPorts(1, 2, 3, 4),
                new ProxyIdentity(List.of(5L, 6L), List.of(7L, 8L), 16, 99),
                new Selection(
                    new InboundSelection.AllExcept(
                        List.of(
                            PortRange.of(22),
                            new PortRange(8000, 8010),
                            new PortRange(9000, 9001))),
                    new OutboundSelection(
                        new AddressSelection.Only(
                            List.of(Subnet.parse("10.0.0.0/8"), Subnet.parse("fd00::/8"))),
                        List.of(Subnet.parse("10.1.0.0/16")),
                        List.of(PortRange.of(443)),
                        List.of(PortRange.of(25)),
                        new GroupSelection.Only(List.of(7L)),
                        Subnet.parse("127.0.0.0/8"),
                        Optional.of(new ExemptMark(0x2000))),
                    new InterfaceSelection(List.of("eth1"), List.of("tap0"))),
                new DnsCapture.Servers(
                    List.of(
                        NameServer.of(InetAddress.ofLiteral("10.0.0.53")),
                        new NameServer(InetAddress.ofLiteral("fe80::1"), Optional.of("eth0")))),
                Unserved.PASSED,
                true));
  }

  @ParameterizedTest
  @CsvSource({
    "'', REDIRECT, REDIRECT",
    "REDIRECT, REDIRECT, REDIRECT",
    "REDIRECT, TPROXY, TPROXY_OUTBOUND",
    "TPROXY, REDIRECT, TPROXY",
    "TPROXY, TPROXY, TPROXY_BOTH",
    "NODE, REDIRECT, NODE"
  })
  void choosesTheWay(String mode, String outbound, Interception expected) {
    assertThat(
            OptionReader.read(
                    with(new IstioOptions.Inbound(mode, "*", "", "1337")),
                    new OwnOptions("133", outbound, "15053", "none", "closed"),
                    NAMES)
                .rules()
                .interception())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65536", "+80", " 80", "8e1", "99999999999999999999", "٨٠", "*"})
  void takesNothingButDigitsForAPort(String port) {
    IstioOptions typed =
        new IstioOptions(
            new IstioOptions.Ports(port, "2", "3"),
            EVERYTHING_ELSE_THAN_DEFAULT.owners(),
            EVERYTHING_ELSE_THAN_DEFAULT.inbound(),
            EVERYTHING_ELSE_THAN_DEFAULT.outbound(),
            EVERYTHING_ELSE_THAN_DEFAULT.dns(),
            EVERYTHING_ELSE_THAN_DEFAULT.surroundings(),
            true);

    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> OptionReader.read(typed, OWN, NAMES))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly("outbound port (-p) '" + port + "'; expected 1 to 65535"));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0, 'ADDRESS/LENGTH, with a length of 0 to 32 for IPv4 and 0 to 128 for IPv6'",
    "10.0.0.0/33, 'ADDRESS/LENGTH, with a length of 0 to 32 for IPv4 and 0 to 128 for IPv6'",
    "127.1/8, 'ADDRESS/LENGTH, with a length of 0 to 32 for IPv4 and 0 to 128 for IPv6'",
    "::ffff:10.0.0.0/104, 'the range as one of IPv4: that is how the kernel sends to such"
        + " addresses'"
  })
  void saysWhatARangeLooksLike(String range, String expected) {
    IstioOptions typed =
        new IstioOptions(
            EVERYTHING_ELSE_THAN_DEFAULT.ports(),
            EVERYTHING_ELSE_THAN_DEFAULT.owners(),
            EVERYTHING_ELSE_THAN_DEFAULT.inbound(),
            new IstioOptions.Outbound(range, "", "", "", "127.0.0.1/32"),
            EVERYTHING_ELSE_THAN_DEFAULT.dns(),
            EVERYTHING_ELSE_THAN_DEFAULT.surroundings(),
            true);

    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> OptionReader.read(typed, OWN, NAMES))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly("destination (-i) '" + range + "'; expected " + expected));
  }

  @Test
  void saysWhatAMarkLooksLike() {
    OwnOptions own = new OwnOptions("133", "REDIRECT", "15053", "1337", "closed");
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> OptionReader.read(EVERYTHING_ELSE_THAN_DEFAULT, own, NAMES))
        .withMessageStartingWith("mark (--exempt-mark) 0x539; expected none, or 1 to");
  }

  @Test
  void saysWhatHasNoEffect() {
    IstioOptions typed =
        new IstioOptions(
            EVERYTHING_ELSE_THAN_DEFAULT.ports(),
            new IstioOptions.Owners("1", "1", "7", "8"),
            new IstioOptions.Inbound("", "80", "22", "1337"),
            new IstioOptions.Outbound(
                "10.1.0.0/16", "10.0.0.0/8", "443", "53,400-500", "127.0.0.1/32"),
            new IstioOptions.Dns(true, true, List.of()),
            new IstioOptions.Surroundings("tap0", "tap0", false),
            true);

    assertThat(OptionReader.read(typed, OWN, NAMES).notes())
        .containsExactly(
            "excluded inbound ports (-d) have no effect: they count only with -b '*', not with"
                + " -b '80'",
            "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE has no effect: it counts only with"
                + " ISTIO_OUTBOUND_OWNER_GROUPS='*'",
            "outbound ports 443 (-q) and 400-500 (-o) overlap: -o wins",
            "destination 10.1.0.0/16 (-i) lies within 10.0.0.0/8 (-x): -x wins",
            "interface tap0 is both excluded (-c) and virtual (-k): -k wins for what arrives",
            "DNS is not captured (--redirect-dns): port 53 is excluded (-o), which wins");
  }

  @Test
  void saysThatDnsIsNotCapturedWithoutAServer() {
    IstioOptions typed =
        new IstioOptions(
            EVERYTHING_ELSE_THAN_DEFAULT.ports(),
            EVERYTHING_ELSE_THAN_DEFAULT.owners(),
            EVERYTHING_ELSE_THAN_DEFAULT.inbound(),
            EVERYTHING_ELSE_THAN_DEFAULT.outbound(),
            new IstioOptions.Dns(true, false, List.of()),
            EVERYTHING_ELSE_THAN_DEFAULT.surroundings(),
            true);

    OptionReader.Options read = OptionReader.read(typed, OWN, NAMES);

    assertThat(read.rules().dns()).isEqualTo(new DnsCapture.Off());
    assertThat(read.notes())
        .singleElement()
        .asString()
        .contains("/etc/resolv.conf names no server");
  }

  private static IstioOptions with(IstioOptions.Inbound inbound) {
    return new IstioOptions(
        EVERYTHING_ELSE_THAN_DEFAULT.ports(),
        EVERYTHING_ELSE_THAN_DEFAULT.owners(),
        inbound,
        EVERYTHING_ELSE_THAN_DEFAULT.outbound(),
        EVERYTHING_ELSE_THAN_DEFAULT.dns(),
        EVERYTHING_ELSE_THAN_DEFAULT.surroundings(),
        true);
  }
}
