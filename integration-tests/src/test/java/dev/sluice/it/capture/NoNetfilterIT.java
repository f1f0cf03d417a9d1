// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Party;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What interception by sockets adds to the tables of a pod's namespace: nothing. */
final class NoNetfilterIT {
  private static final String[] OUTSIDE = {
    "10.7.2.2|9090", "2001:db8:7:2::2|9090", "::ffff:10.7.2.2|9090"
  };
  private static final String[] OWN = {"10.7.1.2|8080", "2001:db8:7:1::2|8080"};

  @Test
  void leavesEveryTableAsItWas() throws Exception {
    try (Pods pods = Pods.build()) {
      CapturedPod pod = pods.pod(Party.CLIENT);
      String before = tables(pod);
      pods.serve(Party.SERVER, "::|9090");
      pod.serve("::|8080");
      pod.capture();
      pod.startProxy();

      assertThat(pod.dial(OUTSIDE)).hasSize(3).allMatch(Talk::leftThroughTheProxy);
      assertThat(pods.dialFrom(Party.SERVER, OWN))
          .hasSize(2)
          .allMatch(Talk::arrivedThroughTheProxy);

      assertThat(pod.inside("iptables-save") + pod.inside("ip6tables-save")).doesNotContain("-A ");
      assertThat(pod.inside("nft", "list", "ruleset")).isEmpty();
      assertThat(conntrack(pod)).isEmpty();
      assertThat(tables(pod)).isEqualTo(before);

      // The same look finds something as soon as there is something to be found.
      for (String iptables : new String[] {"iptables", "ip6tables"}) {
        pod.inside(
            "sh", "-c", iptables + " -t nat -A OUTPUT -p tcp --dport 1 -j REDIRECT --to-ports 2");
      }
      pod.dial(OUTSIDE);
      assertThat(conntrack(pod)).contains("dst=10.7.2.2 ").contains("dst=2001:db8:7:2::2 ");
      assertThat(tables(pod)).isNotEqualTo(before);
    }
  }

  private static String conntrack(CapturedPod pod) throws IOException {
    return pod.inside("conntrack", "-L", "-f", "ipv4")
        + pod.inside("conntrack", "-L", "-f", "ipv6");
  }

  private static String tables(CapturedPod pod) throws IOException {
    StringBuilder tables = new StringBuilder();
    for (String family : new String[] {"-4", "-6"}) {
      tables.append(pod.inside("ip", family, "rule"));
      tables.append(pod.inside("ip", family, "route", "show", "table", "all"));
    }
    tables.append(pod.inside("ip", "address")).append(pod.inside("nft", "list", "ruleset"));
    return tables.toString();
  }
}
