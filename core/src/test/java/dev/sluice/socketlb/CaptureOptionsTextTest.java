// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.IpBlock;
import dev.sluice.socketlb.CaptureOptions.Inbound;
import dev.sluice.socketlb.CaptureOptions.Outbound;
import dev.sluice.socketlb.CaptureOptions.ProxyPorts;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CaptureOptionsTextTest {
  private final CaptureOptionsText text = new CaptureOptionsText();

  @Test
  void readsWhatIstiosInjectorPasses() {
    CaptureOptions options =
        text.finish(
            text.proxyPorts("15001", "15006"),
            text.inbound("*", "15090,15021,15020"),
            text.outbound("*", "", "", ""));

    assertThat(options.proxy()).isEqualTo(new ProxyPorts(15_001, 15_006));
    assertThat(options.inbound())
        .isEqualTo(new Inbound(true, List.of(), List.of(15_090, 15_021, 15_020)));
    assertThat(options.outbound().every()).isTrue();
    assertThat(options.outbound().included()).isEmpty();
    assertThat(options.outbound().excluded()).isEmpty();
    assertThat(options.outbound().ports().included()).isEmpty();
    assertThat(options.outbound().ports().excluded()).isEmpty();
  }

  @Test
  void keepsEachListInItsPlace() {
    Outbound outbound = text.outbound("10.0.0.0/8,fd00::/8", "10.9.0.0/16", "80,443", "22");

    assertThat(outbound.every()).isFalse();
    assertThat(outbound.included())
        .containsExactly(IpBlock.parse("10.0.0.0/8"), IpBlock.parse("fd00::/8"));
    assertThat(outbound.excluded()).containsExactly(IpBlock.parse("10.9.0.0/16"));
    assertThat(outbound.ports().included()).containsExactly(80, 443);
    assertThat(outbound.ports().excluded()).containsExactly(22);
  }

  @Test
  void takesAnEmptyTextForNothing() {
    assertThat(text.inbound("", "")).isEqualTo(new Inbound(false, List.of(), List.of()));
    assertThat(text.outbound("", "", "", "").every()).isFalse();
    text.finish(new ProxyPorts(1, 2), text.inbound("", ""), text.outbound("", "", "", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "65536", "-1", "http", "80,", ",", "80,,81", " 80", "8000-8010", "*,80"})
  void refusesWhatIsNoPort(String ports) {
    assertThat(problems(() -> text.inbound(ports, "")))
        .allSatisfy(
            problem -> assertThat(problem).startsWith("included inbound port (-b) '").contains("'"))
        .allSatisfy(problem -> assertThat(problem).endsWith("; expected 1 to 65535"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/8,", "*,::/0", "example.org"})
  void refusesWhatIsNoBlock(String blocks) {
    assertThat(problems(() -> text.outbound(blocks, "", "", "")))
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).startsWith("included outbound CIDR (-i) '"));
  }

  @Test
  void allowsEverythingNowhereButAmongWhatIsIncluded() {
    assertThat(problems(() -> text.outbound("*", "*", "*", "*"))).hasSize(3);
  }

  @Test
  void refusesOnePortForBothListeners() {
    assertThat(problems(() -> text.proxyPorts("15001", "15001")))
        .singleElement()
        .asString()
        .contains("both 15001");
  }

  @ParameterizedTest
  @CsvSource({"PT0.199S, 1", "PT0.2S, 0", "P365D, 0"})
  void leavesTheProxyTimeForASign(Duration patience, int expected) {
    assertThat(problems(() -> text.without(Capture.WhenDead.OPEN, patience))).hasSize(expected);
  }

  @Test
  void reportsEverythingThatIsWrongTogether() {
    assertThat(
            problems(
                () -> {
                  text.without(Capture.WhenDead.CLOSED, Duration.ofMillis(1));
                  text.proxyPorts("0", "x");
                  text.inbound("a", "b");
                  text.outbound("c", "d", "e", "f");
                }))
        .hasSize(9)
        .doesNotHaveDuplicates();
  }

  private List<String> problems(Runnable reading) {
    reading.run();
    try {
      text.finish(new ProxyPorts(1, 2), text.inbound("", ""), text.outbound("", "", "", ""));
      return List.of();
    } catch (InvalidCaptureOptionsException e) {
      assertThatThrownBy(
              () -> {
                throw e;
              })
          .hasMessage(String.join("; ", e.problems()));
      return e.problems();
    }
  }
}
