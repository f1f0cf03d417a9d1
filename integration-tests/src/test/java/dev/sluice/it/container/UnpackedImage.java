// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The image that {@code scripts/build-image} made, unpacked layer by layer.
 *
 * @param root the file system
 * @param config what the image says of its process
 * @param layers digests, lowest first
 */
record UnpackedImage(Path root, Map<?, ?> config, List<String> layers) {
  static UnpackedImage below(Path folder) throws IOException {
    Path tar = Checkout.home().resolve("target/sluice-image.tar");
    if (!Files.exists(tar)) {
      throw new AssertionError(tar + " isn't there: run scripts/build-image first");
    }
    Path layout = Files.createDirectories(folder.resolve("layout"));
    Path root = Files.createDirectories(folder.resolve("root"));
    Command.of("tar", "-xf", tar.toString(), "-C", layout.toString()).runOrThrow();
    Map<?, ?> index = json(layout.resolve("index.json"));
    Map<?, ?> entry = (Map<?, ?>) ((List<?>) get(index, "manifests")).getFirst();
    Map<?, ?> manifest = json(blob(layout, entry));
    List<String> digests =
        ((List<?>) get(manifest, "layers"))
            .stream().map(layer -> String.valueOf(get((Map<?, ?>) layer, "digest"))).toList();
    for (Object layer : (List<?>) get(manifest, "layers")) {
      Command.of("tar", "-xzpf", blob(layout, (Map<?, ?>) layer).toString(), "-C", root.toString())
          .runOrThrow();
    }
    Map<?, ?> image = json(blob(layout, (Map<?, ?>) get(manifest, "config")));
    return new UnpackedImage(root, (Map<?, ?>) get(image, "config"), digests);
  }

  /** A list of words of the process. */
  List<String> words(String key) {
    return ((List<?>) get(config, key)).stream().map(String::valueOf).toList();
  }

  private static Path blob(Path layout, Map<?, ?> descriptor) throws IOException {
    String digest = String.valueOf(get(descriptor, "digest")).substring("sha256:".length());
    Path blob = layout.resolve("blobs/sha256").resolve(digest);
    String sum = Command.of("sha256sum", blob.toString()).runOrThrow();
    if (!sum.startsWith(digest)
        || Files.size(blob) != Long.parseLong(String.valueOf(get(descriptor, "size")))) {
      throw new AssertionError("blob " + digest + " is not what its descriptor says");
    }
    return blob;
  }

  private static Object get(Map<?, ?> map, String key) {
    return Objects.requireNonNull(map.get(key), key);
  }

  /** JSON is YAML. */
  private static Map<?, ?> json(Path file) throws IOException {
    return (Map<?, ?>)
        Objects.requireNonNull(
            new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file)));
  }
}
