// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Every shipped manifest, by a real kubectl and without a cluster. */
class ManifestsIT {
  private static final Path ALL = Path.of(Checkout.script("kubernetes"));

  /** Every folder that kustomize can build, however many there come to be. */
  static List<String> folders() throws IOException {
    try (Stream<Path> files = Files.walk(ALL)) {
      return files
          .filter(file -> file.endsWith("kustomization.yaml"))
          .map(file -> ALL.relativize(file.resolveSibling(".")).normalize().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void areAllOfThem() throws IOException {
    assertThat(folders())
        .contains("node/base", "node/overlays/lb", "sidecar/base", "sidecar/overlays/tproxy");
  }

  @ParameterizedTest
  @MethodSource("folders")
  void giveEachContainerTheLeastAndSayWhy(String folder) throws IOException {
    String built = Command.of("kubectl", "kustomize", ALL.resolve(folder).toString()).runOrThrow();
    List<Map<?, ?>> ours = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(built)) {
      find(document, ours);
    }
    assertThat(ours).isNotEmpty();
    for (Map<?, ?> container : ours) {
      Map<?, ?> context = (Map<?, ?>) container.get("securityContext");
      String name = folder + ": " + container.get("name");
      assertThat(context).as(name).isNotNull();
      assertThat(context.get("readOnlyRootFilesystem")).as(name).isEqualTo(true);
      assertThat(context.get("privileged")).as(name).isEqualTo(false);
      assertThat(context.get("allowPrivilegeEscalation")).as(name).isEqualTo(false);
      Map<?, ?> capabilities = (Map<?, ?>) context.get("capabilities");
      assertThat(capabilities).as(name).isNotNull();
      assertThat(capabilities.get("drop")).as(name).isEqualTo(List.of("ALL"));
      Object added = capabilities.get("add");
      for (Object capability : added instanceof List<?> list ? list : List.of()) {
        assertThat(comments(folder))
            .as(name + ": beside it, what it has " + capability + " for")
            .containsPattern("(?m)^ *# " + Pattern.quote(String.valueOf(capability)) + ": .{20}");
      }
    }
  }

  /** Containers of our image, wherever they are. */
  private static void find(Object node, List<Map<?, ?>> found) {
    switch (node) {
      case Map<?, ?> map -> {
        if (String.valueOf(map.get("image")).startsWith("sluice:")) {
          found.add(map);
        }
        map.values().forEach(value -> find(value, found));
      }
      case List<?> list -> list.forEach(value -> find(value, found));
      case null, default -> {}
    }
  }

  /** The overlay's own, and those of the base below it. */
  private static String comments(String folder) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path place : List.of(ALL.resolve(folder), ALL.resolve(folder).resolve("../../base"))) {
      if (Files.isDirectory(place)) {
        try (Stream<Path> files = Files.list(place)) {
          for (Path file : files.toList()) {
            text.append(Files.readString(file));
          }
        }
      }
    }
    return text.toString();
  }
}
