// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Family;
import dev.sluice.rules.RoutingEntry.LocalDefaultRoute;
import dev.sluice.rules.RoutingEntry.LocalSourceRule;
import dev.sluice.rules.RoutingEntry.LoopbackAddress;
import dev.sluice.rules.RoutingEntry.MarkRule;
import dev.sluice.rules.Subnet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The texts are what iproute2 6.1 printed. */
final class RoutingStateTest {
  private static final RoutingItem MARK = RoutingItem.of(new MarkRule(13370, 1337, 133));
  private static final RoutingItem ROUTE = RoutingItem.of(new LocalDefaultRoute(133));
  private static final RoutingItem ADDRESS =
      RoutingItem.of(new LoopbackAddress(Subnet.parse("::6/128")));

  @Test
  void recognisesOursByTheirNumber() {
    RoutingState state =
        RoutingState.parse(
            """
            0:\tfrom all lookup 255
            13370:\tfrom all fwmark 0x539 lookup 133 proto 157
            13371:\tfrom ::1 iif lo lookup 133 proto 157
            32766:\tfrom all lookup 254
            """,
            """
            local default dev lo table 133 proto 157 metric 1024 pref medium
            local ::1 dev lo table local proto kernel metric 0 pref medium
            """,
            """
            1: lo    inet6 ::6/128 metric 13370 scope global \\       valid_lft forever
            1: lo    inet6 ::1/128 scope host \\       valid_lft forever preferred_lft forever
            """);

    assertThat(state.ours())
        .containsExactlyInAnyOrder(
            MARK,
            RoutingItem.of(new LocalSourceRule(13371, Subnet.parse("::1/128"), 133)),
            ROUTE,
            ADDRESS);
  }

  @Test
  void takesTheSameWithoutOurNumberForSomebodyElses() {
    RoutingState state =
        RoutingState.parse(
            "13370:\tfrom all fwmark 0x539 lookup 133\n",
            "local default dev lo table 133 scope host \n",
            "1: lo    inet6 ::6/128 scope global \\       valid_lft forever\n");

    assertThat(state.ours()).isEmpty();
    assertThat(state.foreign()).containsExactlyInAnyOrder(MARK, ROUTE, ADDRESS);
  }

  @Test
  void writesTheSubnetOfARuleAsItIsPrinted() {
    RoutingItem rule = RoutingItem.of(new LocalSourceRule(5, Subnet.parse("127.0.0.0/8"), 133));

    assertThat(RoutingState.parse("5:\tfrom 127.0.0.0/8 iif lo lookup 133 proto 157\n", "", ""))
        .satisfies(state -> assertThat(state.ours()).containsExactly(rule));
  }

  @Test
  void deletesNothingWithoutOurNumber() {
    assertThat(List.of(MARK, ROUTE, ADDRESS))
        .extracting(item -> String.join(" ", item.deleting(Family.IPV6)))
        .containsExactly(
            "ip -6 rule del pref 13370 from all fwmark 0x539 lookup 133 protocol 157",
            "ip -6 route del local default dev lo table 133 proto 157",
            "ip -6 addr del ::6/128 dev lo metric 13370");
  }
}
