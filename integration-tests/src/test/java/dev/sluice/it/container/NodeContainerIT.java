// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped DaemonSet: its container is really started, and serves a pod's namespace. */
class NodeContainerIT {
  @TempDir private static Path folder;
  private static UnpackedImage image = new UnpackedImage(Path.of(""), Map.of(), List.of());

  @BeforeAll
  static void unpack() throws IOException {
    image = UnpackedImage.below(folder);
  }

  @Test
  void servesAPodWithEveryCapabilityThatItsManifestListsAndNotWithoutOne() throws Exception {
    Manifest.Container node =
        Manifest.kustomized("node/base", "DaemonSet").container("sluice-node");
    assertThat(node.capabilities()).isNotEmpty();
    for (String capability : node.capabilities()) {
      List<String> others =
          node.capabilities().stream().filter(other -> !other.equals(capability)).toList();
      try (PodNetwork network = PodNetwork.open();
          Box box = start(node, others, network)) {
        assertThat(box.await()).as("without " + capability).isOne();
        assertThat(box.errors()).contains(capability).hasLineCount(1);
      }
    }
    try (PodNetwork network = PodNetwork.open();
        Box box = start(node, node.capabilities(), network)) {
      box.awaitSaying("served in net:");
      assertThat(box.status("CapEff"))
          .containsExactly("%016x".formatted(1L << 12 | 1L << 21))
          .isEqualTo(box.status("CapBnd"));
      Process application = network.startApplication();
      try {
        assertThat(network.ask("198.18.9.1", PodNetwork.PORT, "hello").output())
            .isEqualTo("connected\n198.18.9.2\n");
        assertThat(network.ask("fd00:18:9::1", PodNetwork.PORT, "hello").output())
            .isEqualTo("connected\nfd00:18:9::2\n");
      } finally {
        application.destroy();
        application.waitFor();
      }
      box.signal("TERM");
      assertThat(box.await()).as(box.errors()).isZero();
      assertThat(box.output()).containsPattern("(?s)outcome=closed.*outcome=closed");
    }
  }

  /** For this test's pod and no other on this machine. */
  private static Box start(Manifest.Container node, List<String> capabilities, PodNetwork network)
      throws IOException {
    return Box.start(
        image,
        node.with("SLUICE_POD", "netns:" + network.path().getFileName()),
        capabilities,
        new Box.Place(network.outside(), Map.of("/run/netns", Path.of("/run/netns"))));
  }
}
