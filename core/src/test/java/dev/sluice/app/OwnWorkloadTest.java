// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.Workload;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnWorkloadTest {
  @ParameterizedTest
  @CsvSource({
    "web, kubernetes://apis/apps/v1/namespaces/shop/deployments/other, web-1, web",
    "'', kubernetes://apis/apps/v1/namespaces/shop/deployments/web, web-1, web",
    "'', web, web-1, web",
    "'', '', web-1, web-1",
    "'', '', '', unknown"
  })
  void isCalledByTheBestNameThatIsThere(String name, String owner, String pod, String expected) {
    Map<String, String> environment =
        Map.of("ISTIO_META_WORKLOAD_NAME", name, "ISTIO_META_OWNER", owner, "POD_NAME", pod);
    assertThat(OwnWorkload.of(environment).workload().name()).isEqualTo(expected);
  }

  @Test
  void tellsOfNobodyIfNobodyToldIt() {
    Exposition out = new Exposition();
    OwnWorkload own = OwnWorkload.of(Map.of("HOME", "/", "POD_NAME", ""));
    own.appendTo(out);
    assertThat(out.toString()).isEmpty();
    assertThat(own.workload()).isEqualTo(Workload.UNKNOWN);
  }

  @Test
  void namesThePodWithItsNamespaceWhereThatIsKnown() {
    assertThat(OwnWorkload.of(Map.of("POD_NAME", "a")).workload().pod()).isEqualTo("a");
    assertThat(OwnWorkload.of(Map.of("POD_NAME", "a", "POD_NAMESPACE", "b")).workload().pod())
        .isEqualTo("b/a");
    assertThat(OwnWorkload.of(Map.of("POD_NAMESPACE", "b")).workload())
        .isEqualTo(new Workload("", "", "b", "", ""));
  }

  @Test
  void isOfNoWorkloadButOfAClusterOnANode() {
    assertThat(
            OwnWorkload.ofNode(Map.of("POD_NAME", "sluice-node-1", "ISTIO_META_CLUSTER_ID", "e")))
        .isEqualTo(new Workload("", "", "", "", "e"));
  }
}
