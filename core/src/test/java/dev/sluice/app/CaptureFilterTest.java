// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.IpBlock;
import dev.sluice.socketlb.CaptureOptions;
import dev.sluice.socketlb.CaptureOptions.Inbound;
import dev.sluice.socketlb.CaptureOptions.Outbound;
import dev.sluice.socketlb.CaptureOptions.OutboundPorts;
import dev.sluice.socketlb.CaptureOptions.ProxyPorts;
import dev.sluice.socketlb.CaptureOptionsText;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The options of {@code sluice capture on} that Istio's rules have too. */
final class CaptureFilterTest {
  @Test
  void capturesEverythingByDefaultAsIstiosInjectorDoes() {
    assertThat(parse())
        .isEqualTo(
            new CaptureOptions(
                new ProxyPorts(15_001, 15_006),
                new Inbound(true, List.of(), List.of(15_090, 15_021, 15_020)),
                new Outbound(true, List.of(), List.of(), new OutboundPorts(List.of(), List.of()))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-p=1 -z=2 -b=3,4 -d=5 -i=10.0.0.0/8 -x=fd00::/8 -q=6 -o=7",
        "--envoy-port=1 --inbound-capture-port=2 --istio-inbound-ports=3,4"
            + " --istio-local-exclude-ports=5 --istio-service-cidr=10.0.0.0/8"
            + " --istio-service-exclude-cidr=fd00::/8 --istio-outbound-ports=6"
            + " --istio-local-outbound-ports-exclude=7"
      })
  void putsEachOptionInItsPlace(String line) {
    assertThat(parse(line.split(" ", -1)))
        .isEqualTo(
            new CaptureOptions(
                new ProxyPorts(1, 2),
                new Inbound(false, List.of(3, 4), List.of(5)),
                new Outbound(
                    false,
                    List.of(IpBlock.parse("10.0.0.0/8")),
                    List.of(IpBlock.parse("fd00::/8")),
                    new OutboundPorts(List.of(6), List.of(7)))));
  }

  private static CaptureOptions parse(String... words) {
    CaptureFilter filter = new CaptureFilter();
    CommandLine.populateCommand(filter, words);
    return filter.parse(new CaptureOptionsText());
  }
}
