// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What changes files, as editors, people and Kubernetes do it. */
@Timeout(30)
final class FileWatchTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void makeConfigMap() throws IOException {
    folder = Files.createDirectory(temporary.resolve("mounted"));
    swap(0);
    Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
  }

  /** As the kubelet does it: a new folder, a new link, and that in the place of the old one. */
  private void swap(int content) throws IOException {
    Path data = Files.createDirectory(folder.resolve("..data-" + content));
    Files.writeString(data.resolve("a.yaml"), "" + content);
    Path link = folder.resolve("..data_tmp");
    Files.createSymbolicLink(link, data.getFileName());
    Files.move(link, folder.resolve("..data"), ATOMIC_MOVE);
  }

  @Test
  void seesTheLinkOfAConfigMapExchanged() throws Exception {
    for (Path named : List.of(folder, folder.resolve("a.yaml"))) {
      try (FileWatch watch = FileWatch.over(List.of(named))) {
        swap(named.equals(folder) ? 1 : 2);
        assertThat(watch.awaitChange(LONG)).as("" + named).isTrue();
        assertThat(watch.awaitChange(SHORT)).as("once for one change").isFalse();
      }
    }
  }

  /** The last of many exchanges is always told after it was made. */
  @Test
  void missesNoExchange() throws Exception {
    int last = 300;
    FutureTask<Void> swapping =
        new FutureTask<>(
            () -> {
              for (int i = 1; i <= last; i++) {
                swap(i);
              }
              return null;
            });
    try (FileWatch watch = FileWatch.over(List.of(folder.resolve("a.yaml")))) {
      Thread.ofPlatform().start(swapping);
      while (!read().equals("" + last)) {
        assertThat(watch.awaitChange(LONG)).as("at " + read()).isTrue();
      }
    }
    swapping.get();
  }

  private String read() throws IOException {
    return Files.readString(folder.resolve("a.yaml"));
  }

  @Test
  void seesAFileWrittenAndReplacedAndRemoved() throws Exception {
    Path file = Files.writeString(temporary.resolve("b.yaml"), "1");
    try (FileWatch watch = FileWatch.over(List.of(file))) {
      Files.writeString(file, "2");
      assertThat(watch.awaitChange(LONG)).as("written").isTrue();
      Files.move(Files.writeString(temporary.resolve("new"), "3"), file, ATOMIC_MOVE);
      assertThat(watch.awaitChange(LONG)).as("replaced").isTrue();
      Files.delete(file);
      assertThat(watch.awaitChange(LONG)).as("removed").isTrue();
      Files.writeString(file, "4");
      assertThat(watch.awaitChange(LONG)).as("there again").isTrue();
    }
  }

  @Test
  void seesAFolderOnTheWayExchanged() throws Exception {
    Path file = Files.createDirectories(temporary.resolve("x/y")).resolve("b.yaml");
    Files.writeString(file, "1");
    Path fresh = Files.createDirectories(temporary.resolve("fresh/y"));
    Files.writeString(fresh.resolve("b.yaml"), "2");
    try (FileWatch watch = FileWatch.over(List.of(file))) {
      Files.move(temporary.resolve("x"), temporary.resolve("old"));
      Files.move(temporary.resolve("fresh"), temporary.resolve("x"));
      assertThat(watch.awaitChange(LONG)).as("exchanged").isTrue();
      Files.writeString(file, "3");
      assertThat(watch.awaitChange(LONG)).as("written in the new folder").isTrue();
      Files.writeString(temporary.resolve("old/y/b.yaml"), "4");
      assertThat(watch.awaitChange(SHORT)).as("written in the old folder").isFalse();
    }
  }

  @Test
  void seesWhatComesIntoFoldersThatCameLater() throws Exception {
    Path later = temporary.resolve("later");
    try (FileWatch watch = FileWatch.over(List.of(later))) {
      Files.createDirectories(later.resolve("deeper/still"));
      assertThat(watch.awaitChange(LONG)).as("the folder").isTrue();
      Files.writeString(later.resolve("deeper/still/a.yaml"), "1");
      assertThat(watch.awaitChange(LONG)).as("a file in it").isTrue();
    }
  }

  @Test
  void isNotTroubledByNeighboursAndLoops() throws Exception {
    Path file = Files.writeString(temporary.resolve("b.yaml"), "1");
    Files.createSymbolicLink(temporary.resolve("loop"), Path.of("loop"));
    try (FileWatch watch = FileWatch.over(List.of(file, temporary.resolve("loop/c.yaml")))) {
      Files.writeString(temporary.resolve("neighbour"), "1");
      assertThat(watch.awaitChange(SHORT)).isFalse();
    }
  }

  @Test
  void stopsWaitingWhenItIsClosed() throws Exception {
    FileWatch watch = FileWatch.over(List.of(folder));
    FutureTask<Boolean> waiting = new FutureTask<>(() -> watch.awaitChange(LONG));
    Thread.ofPlatform().start(waiting);
    watch.close();
    assertThat(waiting.get()).isFalse();
    assertThat(watch.awaitChange(LONG)).isFalse();
  }
}
