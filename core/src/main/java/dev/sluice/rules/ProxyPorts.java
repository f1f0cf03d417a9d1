// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The ports of the proxy, each 1 to 65535 and all different. Immutable.
 *
 * @param outbound connections that leave come here
 * @param inbound connections that arrive come here
 * @param tunnel arriving connections to this port reach the proxy as they are
 * @param dns queries come here, UDP and TCP
 */
public record ProxyPorts(int outbound, int inbound, int tunnel, int dns) {
  /** Istio's: 15001, 15006, 15008 and 15053. */
  public static final ProxyPorts ISTIO = new ProxyPorts(15001, 15006, 15008, 15053);

  void check(List<String> problems) {
    OptionChecks.port("outbound port", outbound, problems);
    OptionChecks.port("inbound port", inbound, problems);
    OptionChecks.port("tunnel port", tunnel, problems);
    OptionChecks.port("DNS port", dns, problems);
    Map<Integer, Long> uses =
        Stream.of(outbound, inbound, tunnel, dns)
            .collect(Collectors.groupingBy(port -> port, Collectors.counting()));
    if (outbound == inbound) {
      problems.add("outbound and inbound port are both " + inbound + "; expected two ports");
    } else if (uses.size() < 4) {
      problems.add(
          "outbound, inbound, tunnel and DNS port are %d, %d, %d and %d; expected four different ones"
              .formatted(outbound, inbound, tunnel, dns));
    }
  }
}
