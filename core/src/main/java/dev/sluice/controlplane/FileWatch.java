// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tells when the files that {@link KubernetesFiles} reads may have changed, also by a link or a
 * folder on the way to them that was exchanged. Nothing is missed by who makes this first, reads
 * then, and reads again whenever it tells; it may tell when nothing has changed. Rests on <a
 * href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>, which hears nothing
 * of what other machines write into a network file system.
 *
 * <p>Confined to one thread, except that {@link #close()} may be called from any.
 */
public final class FileWatch implements AutoCloseable {
  /** A change is over when nothing has happened for so long; editors and copies take several. */
  private static final Duration QUIET = Duration.ofMillis(100);

  /** A change that never ends is told all the same. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private final List<Path> filesAndFolders;
  private final WatchService service;
  private WatchedPlaces places;
  private Map<WatchKey, Set<Path>> keys = Map.of();

  private FileWatch(List<Path> filesAndFolders, WatchService service) {
    this.filesAndFolders = List.copyOf(filesAndFolders);
    this.service = service;
    this.places = WatchedPlaces.of(filesAndFolders);
  }

  /**
   * Watches from now on.
   *
   * @param filesAndFolders need not be there yet
   * @throws IOException if a folder can't be watched: it can't be read, or too many are
   */
  public static FileWatch over(List<Path> filesAndFolders) throws IOException {
    FileWatch watch = new FileWatch(filesAndFolders, FileSystems.getDefault().newWatchService());
    try {
      watch.renew();
      return watch;
    } catch (IOException e) {
      watch.close();
      throw e;
    }
  }

  /**
   * Waits until something has changed and then been quiet for a tenth of a second.
   *
   * @return false if nothing did in the time, or this was closed
   * @throws IOException if a folder that is new can't be watched
   */
  public boolean awaitChange(Duration atMost) throws IOException, InterruptedException {
    long start = System.nanoTime();
    long left = atMost.toNanos();
    try {
      while (left >= 0) {
        WatchKey key = service.poll(left, TimeUnit.NANOSECONDS);
        if (key != null && matters(key)) {
          settle();
          renew();
          return true;
        }
        left = atMost.toNanos() - (System.nanoTime() - start) - 1;
      }
      return false;
    } catch (ClosedWatchServiceException e) {
      return false;
    }
  }

  private boolean matters(WatchKey key) {
    Set<Path> folders = keys.getOrDefault(key, Set.of());
    boolean matters = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      matters |= event.kind().equals(OVERFLOW) || isOneOf(folders, event);
    }
    // A key becomes invalid when its folder goes away.
    return !key.reset() || matters;
  }

  private boolean isOneOf(Set<Path> folders, WatchEvent<?> event) {
    return event.context() instanceof Path name
        && folders.stream().anyMatch(folder -> places.isOneOf(folder, name));
  }

  private void settle() throws InterruptedException {
    long start = System.nanoTime();
    WatchKey key = service.poll(QUIET.toNanos(), TimeUnit.NANOSECONDS);
    while (key != null && System.nanoTime() - start < LONGEST.toNanos()) {
      key.pollEvents();
      key.reset();
      key = service.poll(QUIET.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Until what is watched is what has to be: a folder may come while others are looked at. */
  private void renew() throws IOException {
    Set<Path> before;
    do {
      before = places.folders();
      Map<WatchKey, Set<Path>> wanted = register(before);
      keys.keySet().stream().filter(key -> !wanted.containsKey(key)).forEach(WatchKey::cancel);
      keys = wanted;
      places = WatchedPlaces.of(filesAndFolders);
    } while (!places.folders().equals(before));
  }

  private Map<WatchKey, Set<Path>> register(Set<Path> folders) throws IOException {
    Map<WatchKey, Set<Path>> registered = new HashMap<>();
    for (Path folder : folders) {
      try {
        // The same key again for a folder that is watched already, also by another path.
        WatchKey key = folder.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
        registered.computeIfAbsent(key, _ -> new HashSet<>()).add(folder);
      } catch (NoSuchFileException | NotDirectoryException e) {
        // Gone since it was looked at; the folder that it was in tells.
      } catch (AccessDeniedException e) {
        throw new IOException(
            "watching " + folder + ": permission denied; expected a folder that can be read", e);
      } catch (IOException e) {
        throw new IOException("watching " + folder + ": " + e.getMessage(), e);
      }
    }
    return registered;
  }

  /** Ends waiting; idempotent. */
  @Override
  public void close() throws IOException {
    service.close();
  }
}
