// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.InterceptionMode;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleOptionsTest {
  private static final RuleOptions DEFAULTS = RuleOptions.defaults(InterceptionMode.TPROXY);

  @Test
  void reportsEveryProblemOfEveryPartTogether() {
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(
            () ->
                new RuleOptions(
                    Interception.TPROXY,
                    new ProxyPorts(0, 65536, 15008, 15008),
                    new ProxyIdentity(List.of(-1L), List.of(), 1338, 254),
                    Selection.INJECTOR
                        .withOutbound(
                            OutboundSelection.ALL
                                .withLoopback(Subnet.parse("10.0.0.1/32"))
                                .withGroups(new GroupSelection.Only(List.of(1L << 32))))
                        .withInterfaces(
                            new InterfaceSelection(List.of("eth 0"), List.of("sixteen-letters!"))),
                    new DnsCapture.Servers(List.of()),
                    Unserved.LOST,
                    false))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "outbound port 0; expected 1 to 65535",
                        "inbound port 65536; expected 1 to 65535",
                        "outbound, inbound, tunnel and DNS port are 0, 65536, 15008 and 15008;"
                            + " expected four different ones",
                        "proxy user id -1; expected 0 to 4294967294",
                        "no user or no group of the proxy; expected at least one of each",
                        "mark 1338; expected 1 to 4294967295, not 1338 to 1340, which have their"
                            + " own meaning",
                        "routing table 254; expected 1 to 2147483647, not 253 to 255, which are"
                            + " the kernel's",
                        "owner group id 4294967296; expected 0 to 4294967294",
                        "loopback range 10.0.0.1/32; expected one within 127.0.0.0/8",
                        "excluded interface 'eth 0'; expected the name of one, of at most 15"
                            + " printable characters without blanks",
                        "virtual interface 'sixteen-letters!'; expected the name of one, of at most"
                            + " 15 printable characters without blanks",
                        "DNS capture without a name server; expected at least one"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "eth0.100", "eth0@if3", "1a", "mark", "cali+", "fifteen-letters"})
  void takesTheNamesOfInterfaces(String name) {
    InterfaceSelection interfaces = new InterfaceSelection(List.of(name), List.of(name));

    assertThat(DEFAULTS.withSelection(Selection.INJECTOR.withInterfaces(interfaces)))
        .isNotEqualTo(DEFAULTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "+", "!eth0", "-i", "a/b", "a:1", "a\tb", "\u00e9"})
  void refusesWhatIsNoNameOfAnInterface(String name) {
    InterfaceSelection interfaces = new InterfaceSelection(List.of(), List.of(name));

    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> DEFAULTS.withSelection(Selection.INJECTOR.withInterfaces(interfaces)))
        .withMessageStartingWith("virtual interface '" + name + "'; expected");
  }

  @Test
  void wantsAnotherMarkForTheProxyThanForWhatNeedsNone() {
    ProxyIdentity proxy = new ProxyIdentity(List.of(1L), List.of(1L), 0x1000, 133);
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> DEFAULTS.withProxy(proxy))
        .withMessageContaining("mark 0x1000 of the proxy and of connections that need none");
  }

  @Test
  void boundsEveryList() {
    List<PortRange> ports = Collections.nCopies(1001, PortRange.of(80));
    List<Subnet> subnets = Collections.nCopies(1001, Subnet.parse("10.0.0.0/8"));
    OutboundSelection outbound =
        new OutboundSelection(
            new AddressSelection.Only(subnets),
            subnets,
            ports,
            ports,
            new GroupSelection.AllExcept(Collections.nCopies(1001, 5L)),
            Family.IPV4.loopback(),
            Optional.empty());
    Selection all =
        new Selection(new InboundSelection.Only(ports), outbound, InterfaceSelection.NONE);

    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> DEFAULTS.withSelection(all))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .hasSize(6)
                    .allSatisfy(
                        problem -> assertThat(problem).matches("1001 .*expected at most 1000")));
  }
}
