// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.InterceptionMode;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Which records are wanted, and what they look like. */
class FlowFilterTest {
  private static final FlowRecord FLOW =
      new FlowRecord(
          1_700_000_000_123_456L,
          "TCP",
          new FlowRecord.Path(
              Optional.of(at("10.0.0.1", 40_000)),
              at("10.96.0.1", 80),
              Optional.of("shop/reviews"),
              Optional.of(at("fd00::2", 8080)),
              OptionalLong.of(7),
              List.of(InterceptionMode.SOCKET, InterceptionMode.TPROXY)),
          FlowMode.PROXIED,
          Verdict.DENIED,
          "policy_denied: a\u001b[31m",
          new FlowRecord.Figures(
              OptionalLong.of(10), OptionalLong.of(20), OptionalLong.of(150), 2_500));

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }

  private static boolean wants(String words) {
    List<FlowFilter.Criterion> criteria = new ArrayList<>();
    boolean negated = false;
    for (String word : words.split(" ", -1)) {
      if (word.equals("--not")) {
        negated = true;
        continue;
      }
      String[] parts = word.split("=", -1);
      criteria.add(FlowFilter.criterion(parts[0], parts[1], negated));
      negated = false;
    }
    return new FlowFilter(criteria).test(FLOW);
  }

  @ParameterizedTest
  @CsvSource({
    "--ip=10.0.0.1,true",
    "--ip=fd00::/16,true",
    "--ip=10.0.0.2,false",
    "--from-ip=10.0.0.0/8,true",
    "--from-ip=10.96.0.1,false",
    "--to-ip=10.96.0.1,true",
    "--to-ip=fd00::2,true",
    "--to-ip=10.0.0.1,false",
    "--port=40000,true",
    "--from-port=80,false",
    "--to-port=80,true",
    "--to-port=8080,true",
    "--to-port=40000,false",
    "--to-service=reviews,true",
    "--to-service=shop/reviews,true",
    "--to-service=other/reviews,false",
    "--to-service=views,false",
    "--verdict=denied,true",
    "--verdict=DROPPED,true",
    "--verdict=forwarded,false",
    "--mode=proxied,true",
    "--mode=direct,false",
    "--interception=socket,true",
    "--interception=TPROXY,true",
    "--interception=redirect,false",
    "--protocol=TCP,true",
    "--protocol=udp,false",
    "--to-port=81 --to-port=80,true",
    "--to-port=80 --verdict=forwarded,false",
    "--not --to-port=80,false",
    "--not --to-port=81,true",
    "--not --to-port=81 --verdict=forwarded,false",
    "--not --to-port=80 --to-port=80,false",
    "--verdict=denied --not --mode=direct,true"
  })
  void wantsWhatTheCriteriaSay(String words, boolean wanted) {
    assertThat(wants(words)).isEqualTo(wanted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--ip=10.1", "--ip=10.0.0.0/33", "--port=0", "--port=65536", "--port=x",
        "--to-service=a/b/c", "--to-service=", "--verdict=ok", "--mode=x", "--protocol=icmp",
        "--interception=direct"
      })
  void complainsAboutWhatMakesNoSense(String word) {
    String[] parts = word.split("=", -1);
    assertThatThrownBy(() -> FlowFilter.criterion(parts[0], parts[1], false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(parts[0] + " '" + parts[1] + "'; expected ");
  }

  @Test
  void isALineForPeopleThatNoTerminalObeys() {
    assertThat(new FlowText(false).compact(FLOW))
        .isEqualTo(
            "Nov 14 22:13:20.123: 10.0.0.1:40000 -> shop/reviews 10.96.0.1:80 ([fd00::2]:8080)"
                + " proxied:socket,tproxy DENIED (TCP, sent 10 B, received 20 B, rtt 0.150 ms,"
                + " lasted 2.500 ms) policy_denied: a?[31m"
                + System.lineSeparator());
    assertThat(new FlowText(true).compact(FLOW)).contains("\u001b[31mDENIED\u001b[0m");
    int verdict = new FlowText(false).heading().indexOf("VERDICT");
    assertThat(new FlowText(false).row(FLOW).substring(verdict)).startsWith("DENIED     TCP");
  }

  @Test
  void isAnObject() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      FlowJson.write(FLOW, json);
    }
    assertThat(text)
        .hasToString(
            "{\"time\":\"2023-11-14T22:13:20.123456Z\",\"verdict\":\"DENIED\",\"mode\":\"proxied\",\"interception\":[\"socket\",\"tproxy\"],"
                + "\"protocol\":\"TCP\",\"source\":\"10.0.0.1:40000\","
                + "\"destination\":\"10.96.0.1:80\",\"service\":\"shop/reviews\","
                + "\"backend\":\"[fd00::2]:8080\",\"pid\":7,\"bytes_sent\":10,"
                + "\"bytes_received\":20,\"rtt_us\":150,\"duration_us\":2500,\"reason\":\"policy_denied:"
                + " a\\u001B[31m\"}");
  }
}
