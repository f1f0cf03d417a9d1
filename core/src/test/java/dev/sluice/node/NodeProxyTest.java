// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.loop.Workers;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.RateLimitedLog;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeProxyTest {
  private static final NodeSettings SETTINGS =
      new NodeSettings(
          new ListenerPorts(15_001, 15_006),
          1,
          1,
          1,
          1,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ZERO);

  /** A pod that came between letting go and the end of accepting would alone fail closed. */
  @Test
  void takesNoPodOnceItLetsGo() throws Exception {
    NodeProxy.Surroundings surroundings =
        new NodeProxy.Surroundings(
            () -> MeshSnapshot.EMPTY,
            new ConnectionMetrics(),
            _ -> {},
            new RateLimitedLog(System.err, "test"),
            _ -> {},
            PodWatcher.none());
    try (Workers workers = Workers.start(1, _ -> {});
        NetworkNamespace home = NetworkNamespace.current();
        NodeProxy node = new NodeProxy(SETTINGS, workers, home, surroundings)) {
      node.letGo();
      assertThatIOException()
          .isThrownBy(
              () ->
                  node.add(
                      PodName.ofUid("late"), NetworkNamespace.current(), NodeProxy.Rules.OF_AGENT))
          .withMessage("this proxy drains");
    }
  }
}
