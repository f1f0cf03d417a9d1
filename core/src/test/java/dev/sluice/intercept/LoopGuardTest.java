// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.LocalAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoopGuardTest {
  private static final InetSocketAddress SOURCE = address("198.51.100.71", 50_000);
  private static final InetSocketAddress SERVER = address("198.51.100.72", 80);

  private final LoopGuard guard =
      new LoopGuard(new ListenerPorts(15_001, 15_006), new LocalAddresses());

  /** 198.51.100.0/24 and 2001:db8::/32 are for documents: no machine has them. */
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 15001, true",
    "127.0.0.1, 15006, true",
    "127.1.2.3, 15001, true",
    "::1, 15006, true",
    "127.0.0.1, 15002, false",
    "198.51.100.72, 15001, false",
    "2001:db8::2, 15006, false"
  })
  void takesItsOwnPortsForALoopOnItsOwnAddressesOnly(String host, int port, boolean loop) {
    Interception interception = check(SOURCE, address(host, port));
    assertThat(interception instanceof Interception.Loop).isEqualTo(loop);
    assertThat(interception.originalDestination())
        .isEqualTo(new OriginalDestination(address(host, port)));
  }

  @Test
  void recognisesItsOwnConnectionUntilItIsOver() {
    assertThat(check(SOURCE, SERVER)).isInstanceOf(Interception.Found.class);
    guard.remember(new LocalAddress(SOURCE), new EndpointAddress(SERVER));
    assertThat(check(SOURCE, SERVER))
        .isInstanceOfSatisfying(
            Interception.Loop.class, loop -> assertThat(loop.detail()).contains("exempt the user"));
    assertThat(check(SOURCE, address("198.51.100.72", 81))).isInstanceOf(Interception.Found.class);
    assertThat(check(SERVER, SOURCE)).isInstanceOf(Interception.Found.class);
    guard.forget(new LocalAddress(SOURCE), new EndpointAddress(SERVER));
    assertThat(check(SOURCE, SERVER)).isInstanceOf(Interception.Found.class);
    assertThat(guard.remembered()).isZero();
  }

  @Test
  void letsAFewAmongManyGoRoundOnceMore() {
    makeMany();
    for (int port = 1; port <= 5; port++) {
      assertThat(check(address("198.51.100.71", port), SERVER))
          .isInstanceOf(Interception.Found.class);
    }
  }

  /** Each that is let through makes another one, which comes back too. */
  @Test
  void endsALoopThatBeginsAmongManyOthers() {
    makeMany();
    int rounds = 0;
    InetSocketAddress source;
    do {
      rounds++;
      source = address("198.51.100.71", 1000 + rounds);
      guard.remember(new LocalAddress(source), new EndpointAddress(SERVER));
    } while (check(source, SERVER) instanceof Interception.Found && rounds < 100);
    assertThat(rounds).isBetween(2, 30);
  }

  /** What arrives for the workload never comes back, and says nothing about what leaves. */
  @Test
  void endsALoopAmongManyConnectionsToOthersAsFastAsAlone() {
    for (int i = 0; i < 1_000; i++) {
      guard.remember(
          new LocalAddress(address("127.0.0.6", 1_000 + i)),
          new EndpointAddress(address("198.51.100.71", 8_000 + i % 10)));
    }
    guard.remember(new LocalAddress(SOURCE), new EndpointAddress(SERVER));
    assertThat(check(SOURCE, SERVER)).isInstanceOf(Interception.Loop.class);
  }

  private void makeMany() {
    for (int port = 1; port <= 100; port++) {
      guard.remember(new LocalAddress(address("198.51.100.71", port)), new EndpointAddress(SERVER));
    }
  }

  private Interception check(InetSocketAddress client, InetSocketAddress destination) {
    return guard.check(new ClientAddress(client), new OriginalDestination(destination));
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
