// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.MeshSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class FollowedFilesTest {
  private static final String BAD = "kind: Service\n";

  @TempDir private Path temporary;
  private final LinkedBlockingQueue<Object> told = new LinkedBlockingQueue<>();
  private Path folder;
  private int swaps;

  @BeforeEach
  void mountAConfigMap() throws IOException {
    folder = Files.createDirectory(temporary.resolve("mounted"));
    swap(service("10.96.0.1"));
    Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
  }

  @Test
  void keepsTheLastGoodStateAndSaysWhatIsWrongOnce() throws Exception {
    try (FollowedFiles files = FollowedFiles.open(List.of(folder))) {
      files.follow(new Queueing());
      final MeshSnapshot first = files.snapshot();
      assertThat(first.services()).hasSize(1);
      assertThat(files.status().version()).isEqualTo(1);

      swap(service("10.96.0.2"));
      assertThat(next()).isEqualTo(files.snapshot()).isNotEqualTo(first);
      assertThat(files.status().version()).isEqualTo(2);

      final MeshSnapshot second = files.snapshot();
      swap(BAD);
      assertThat(next()).asString().contains("a.yaml:");
      assertThat(files.snapshot()).isSameAs(second);
      assertThat(files.status().rejected()).isEqualTo(1);
      assertThat(files.status().problems()).isNotEmpty();

      swap(BAD);
      swap(service("10.96.0.2"));
      assertThat(next()).as("the same problems aren't told again").isEqualTo("restored");
      assertThat(files.status().version()).isEqualTo(2);
      assertThat(files.status().rejected()).isEqualTo(1);
      assertThat(files.status().problems()).isEmpty();

      Files.delete(folder.resolve("..data"));
      assertThat(next()).asString().contains("a.yaml");
      assertThat(files.snapshot()).isSameAs(second);
    }
  }

  @Test
  void refusesToBeginWithFilesThatAreWrong() throws IOException {
    swap(BAD);
    assertThatThrownBy(() -> FollowedFiles.open(List.of(folder)))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void hasNothingToFollowWithoutFiles() throws Exception {
    try (FollowedFiles files = FollowedFiles.open(List.of())) {
      files.follow(new Queueing());
      assertThat(files.snapshot()).isEqualTo(MeshSnapshot.EMPTY);
      assertThat(files.status().problems()).isEmpty();
    }
  }

  private Object next() throws InterruptedException {
    return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS), "nothing was told");
  }

  private static String service(String ip) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: bank}
    spec:
      clusterIPs: [%s]
      ports: [{port: 80}]
    """
        .formatted(ip);
  }

  private void swap(String content) throws IOException {
    swaps++;
    Path data = Files.createDirectory(folder.resolve("..data-" + swaps));
    Files.writeString(data.resolve("a.yaml"), content);
    Path link = folder.resolve("..data_tmp");
    Files.createSymbolicLink(link, data.getFileName());
    Files.move(link, folder.resolve("..data"), ATOMIC_MOVE);
  }

  private final class Queueing implements FollowedFiles.Listener {
    @Override
    public void replaced(MeshSnapshot snapshot) {
      told.add(snapshot);
    }

    @Override
    public void restored() {
      told.add("restored");
    }

    @Override
    public void rejected(List<String> problems) {
      told.add(problems);
    }
  }
}
