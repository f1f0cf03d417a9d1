// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OriginalDestinationIT {
  private static final int PROXY_PORT = 15001;
  private static final int SERVICE_PORT = 8080;

  private Scenery scenery;

  OriginalDestinationIT() throws IOException {
    scenery = Scenery.open();
  }

  @BeforeEach
  void redirect() throws IOException {
    for (String iptables : new String[] {"iptables", "ip6tables"}) {
      scenery.run(
          iptables,
          "-t",
          "nat",
          "-A",
          "OUTPUT",
          "-p",
          "tcp",
          "--dport",
          "" + SERVICE_PORT,
          "-j",
          "REDIRECT",
          "--to-ports",
          "" + PROXY_PORT);
    }
  }

  @AfterEach
  void close() throws IOException {
    scenery.close();
  }

  @ParameterizedTest(name = "{0} client of a {1} listener")
  @CsvSource({"INET, INET", "INET6, INET6", "INET, INET6"})
  void isWhatTheClientDialledBeforeRedirect(AddressFamily client, AddressFamily listener)
      throws Exception {
    InetSocketAddress dialled = service(client, SERVICE_PORT);
    InetSocketAddress learned =
        scenery.call(
            () -> {
              try (Connection connection = Connection.open(listener, PROXY_PORT, dialled)) {
                int fd = connection.server().number();
                assertThat(Sockets.localAddress(fd)).isNotEqualTo(dialled);
                return SocketOptions.originalDestination(fd, client);
              }
            });
    assertThat(learned).isEqualTo(dialled);
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void isTheLocalAddressOfAConnectionThatWasNotRedirected(AddressFamily family) throws Exception {
    InetSocketAddress dialled = service(family, PROXY_PORT);
    InetSocketAddress learned =
        scenery.call(
            () -> {
              try (Connection connection = Connection.open(family, PROXY_PORT, dialled)) {
                return SocketOptions.originalDestination(connection.server().number(), family);
              }
            });
    assertThat(learned).isEqualTo(dialled);
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void isUnknownWhereConntrackIsNotUsed(AddressFamily family) throws Exception {
    try (Scenery bare = Scenery.open()) {
      InetSocketAddress dialled = service(family, SERVICE_PORT);
      assertThatThrownBy(
              () ->
                  bare.call(
                      () -> {
                        try (Connection connection =
                            Connection.open(family, SERVICE_PORT, dialled)) {
                          return SocketOptions.originalDestination(
                              connection.server().number(), family);
                        }
                      }))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue())
          .hasMessageContaining(
              family == AddressFamily.INET ? "(SO_ORIGINAL_DST)" : "(IP6T_SO_ORIGINAL_DST)");
    }
  }

  @Test
  void isAskedByTheFamilyOfTheAddressesNotOfTheSocket() throws Exception {
    InetSocketAddress dialled = service(AddressFamily.INET, SERVICE_PORT);
    assertThatThrownBy(
            () ->
                scenery.call(
                    () -> {
                      try (Connection connection =
                          Connection.open(AddressFamily.INET6, PROXY_PORT, dialled)) {
                        return SocketOptions.originalDestination(
                            connection.server().number(), AddressFamily.INET6);
                      }
                    }))
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("ENOENT (2)");
  }

  private static InetSocketAddress service(AddressFamily family, int port) {
    String host =
        switch (family) {
          case INET -> Scenery.SERVICE_V4;
          case INET6 -> Scenery.SERVICE_V6;
        };
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
