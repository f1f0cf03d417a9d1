// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.rules.explain.Question.Maker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuestionTest {
  private static final Maker NOBODY = maker(null, null, null);
  private static final Host HOST =
      new Host(
          Map.of(
              "eth0",
              List.of(InetAddress.ofLiteral("10.0.0.5"), InetAddress.ofLiteral("2001:db8::5"))),
          "eth0");

  @ParameterizedTest
  @CsvSource({
    "10.96.0.10:80, 10.0.0.5",
    "[2001:db8:96::1]:80, 2001:db8::5",
    "10.0.0.5:80, 10.0.0.5",
    "127.0.0.9:80, 127.0.0.1",
    "[::1]:80, ::1"
  })
  void takesTheSourceThatTheKernelWould(String to, String from) throws Exception {
    Connection connection = ask("tcp", null, to, null, NOBODY).connection();

    assertThat(connection.origin()).isEqualTo(new Origin.Local(0, 0, 0));
    assertThat(connection.from().getAddress()).isEqualTo(InetAddress.ofLiteral(from));
  }

  @Test
  void readsEverything() throws Exception {
    Question.Described described =
        ask("UDP", "10.0.0.5:4000", "10.96.0.10:53", "eth1", maker("7", "8", "0x539"));

    assertThat(described.connection())
        .isEqualTo(
            new Connection(
                Protocol.UDP,
                new InetSocketAddress(InetAddress.ofLiteral("10.0.0.5"), 4000),
                new InetSocketAddress(InetAddress.ofLiteral("10.96.0.10"), 53),
                new Origin.Local(7, 8, 1337)));
    assertThat(described.host().wayOut()).isEqualTo("eth1");
  }

  @Test
  void takesAnInterfaceWithoutAnOwnerForTheOneOfArrival() throws Exception {
    assertThat(ask("tcp", "2001:db8::9", "[2001:db8::5]:80", "eth0", NOBODY).connection().origin())
        .isEqualTo(new Origin.Arriving("eth0"));
  }

  @Test
  void saysAllThatIsWrong() {
    assertThat(problems("sctp", "10.0.0.5:x", "[2001:db8::5]:80", null, maker("root", "-1", "red")))
        .containsExactly(
            "--protocol 'sctp'; expected tcp or udp",
            "--uid 'root'; expected 0 to 4294967294",
            "--gid '-1'; expected 0 to 4294967294",
            "--mark 'red'; expected 0 to 0xffffffff",
            "--from '10.0.0.5:x'; expected an address, or ADDRESS:PORT or [ADDRESS]:PORT");
    assertThat(problems("tcp", null, "10.0.0.5", null, NOBODY))
        .containsExactly("--to '10.0.0.5'; expected ADDRESS:PORT, or [ADDRESS]:PORT for IPv6");
    assertThat(problems("tcp", null, "10.0.0.5:0", null, NOBODY)).hasSize(1);
    assertThat(problems("tcp", null, "10.0.0.5:70000", null, NOBODY)).hasSize(1);
    assertThat(problems("tcp", null, "[", null, NOBODY)).hasSize(1);
    assertThat(problems("tcp", "2001:db8::9", "10.0.0.5:80", null, NOBODY))
        .containsExactly("--from '2001:db8::9' with --to '10.0.0.5:80'; expected one family");
    assertThat(problems("tcp", null, "10.0.0.5:80", "eth0", NOBODY)).hasSize(1);
  }

  private static List<String> problems(
      String protocol,
      @Nullable String from,
      String to,
      @Nullable String interfaceName,
      Maker maker) {
    return catchThrowableOfType(
            UnclearQuestionException.class, () -> ask(protocol, from, to, interfaceName, maker))
        .problems();
  }

  private static Question.Described ask(
      String protocol,
      @Nullable String from,
      String to,
      @Nullable String interfaceName,
      Maker maker)
      throws UnclearQuestionException {
    return new Question(
            protocol, Optional.ofNullable(from), to, Optional.ofNullable(interfaceName), maker)
        .describe(_ -> HOST);
  }

  private static Maker maker(@Nullable String user, @Nullable String group, @Nullable String mark) {
    return new Maker(
        Optional.ofNullable(user), Optional.ofNullable(group), Optional.ofNullable(mark));
  }
}
