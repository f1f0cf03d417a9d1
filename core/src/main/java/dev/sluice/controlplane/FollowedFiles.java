// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.config.ConfigurationStatus;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.telemetry.EpochClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The configuration of a process that goes on while its files change: what was last found right is
 * in force, whatever becomes of the files. Reading is thread-safe and gives what is in force now;
 * {@link #follow} is called once.
 */
public final class FollowedFiles implements AutoCloseable {
  private static final Duration FOR_EVER = Duration.ofDays(1000);

  /** After a folder that can't be watched; it need not change for that to be possible later. */
  private static final Duration BEFORE_TRYING_AGAIN = Duration.ofSeconds(5);

  private final List<Path> files;
  private final Optional<FileWatch> watch;
  private volatile MeshSnapshot snapshot;
  private volatile ConfigurationStatus status;

  private FollowedFiles(List<Path> files, Optional<FileWatch> watch, MeshSnapshot snapshot) {
    this.files = List.copyOf(files);
    this.watch = watch;
    this.snapshot = snapshot;
    this.status = ConfigurationStatus.first(EpochClock.micros());
  }

  /** Who is told of changes, on the thread that follows. */
  public interface Listener {
    /** {@code snapshot} is in force from now on; {@link #status()} tells of it already. */
    void replaced(MeshSnapshot snapshot);

    /** The files are as they are in force again, after they were wrong. */
    void restored();

    /** The files are wrong; what was in force stays. Told once for each list of problems. */
    void rejected(List<String> problems);
  }

  /**
   * Reads the files a first time.
   *
   * @param files as {@link KubernetesFiles#load} takes them; with none there is nothing to follow
   * @throws ConfigurationException if anything is wrong with them
   * @throws IOException if they can't be watched
   */
  public static FollowedFiles open(List<Path> files) throws ConfigurationException, IOException {
    if (files.isEmpty()) {
      return new FollowedFiles(files, Optional.empty(), MeshSnapshot.EMPTY);
    }
    // Watched before it is read, so that no change falls between.
    FileWatch watch = FileWatch.over(files);
    try {
      return new FollowedFiles(files, Optional.of(watch), KubernetesFiles.load(files));
    } catch (ConfigurationException e) {
      watch.close();
      throw e;
    }
  }

  /** What is in force. */
  public MeshSnapshot snapshot() {
    return snapshot;
  }

  /** Which that is, and what is wrong with the files if they are other ones. */
  public ConfigurationStatus status() {
    return status;
  }

  /** Starts to read the files again whenever they change, on a thread of its own. */
  public void follow(Listener listener) {
    watch.ifPresent(
        present ->
            Thread.ofPlatform()
                .daemon()
                .name("sluice-files")
                .start(() -> follow(present, listener)));
  }

  private void follow(FileWatch present, Listener listener) {
    Duration patience = FOR_EVER;
    boolean open = true;
    while (open) {
      try {
        boolean changed = present.awaitChange(patience);
        open = changed || patience.equals(BEFORE_TRYING_AGAIN);
        patience = FOR_EVER;
        if (open) {
          read(listener);
        }
      } catch (IOException e) {
        patience = BEFORE_TRYING_AGAIN;
        reject(List.of(String.valueOf(e.getMessage())), listener);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        open = false;
      }
    }
  }

  private void read(Listener listener) {
    try {
      MeshSnapshot next = KubernetesFiles.load(files);
      if (!next.equals(snapshot)) {
        snapshot = next;
        status = status.replaced(EpochClock.micros());
        listener.replaced(next);
      } else if (!status.problems().isEmpty()) {
        status = status.restored();
        listener.restored();
      }
    } catch (ConfigurationException e) {
      reject(e.problems().stream().map(Problem::toString).toList(), listener);
    } catch (RuntimeException bug) {
      // What is in force must outlive any file, also one that finds a mistake of ours.
      reject(List.of("reading the files: " + bug), listener);
    }
  }

  private void reject(List<String> problems, Listener listener) {
    if (!problems.equals(status.problems())) {
      status = status.rejected(problems);
      listener.rejected(problems);
    }
  }

  /** Ends following; what is in force stays. */
  @Override
  public void close() throws IOException {
    if (watch.isPresent()) {
      watch.get().close();
    }
  }
}
