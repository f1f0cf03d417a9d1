// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders in which something can change what a path leads to: the folder of every name on the
 * way, through every link, and whole folders that stand for the files below them. A mounted
 * ConfigMap changes by one link, {@code ..data}, that is on the way to each of its files. Used
 * once.
 */
final class WatchedPlaces {
  /** As many links as the kernel follows on one path. */
  private static final int MOST_LINKS = 40;

  private final Map<Path, Set<Path>> names = new HashMap<>();
  private final Set<Path> whole = new HashSet<>();

  private WatchedPlaces() {}

  /** For files and folders as they are now; what isn't there is watched for where it would be. */
  static WatchedPlaces of(List<Path> filesAndFolders) {
    WatchedPlaces places = new WatchedPlaces();
    // What is wrong with them is said by whoever reads them.
    ProblemList ignored = new ProblemList();
    for (Path path : filesAndFolders) {
      places.follow(path);
      if (Files.isDirectory(path)) {
        places.addFolders(path);
        ObjectFiles.at(path, ignored).forEach(places::follow);
      }
    }
    return places;
  }

  /** Folders by their real paths. */
  Set<Path> folders() {
    Set<Path> folders = new HashSet<>(whole);
    folders.addAll(names.keySet());
    return folders;
  }

  /** Whether what happened to {@code name} in {@code folder} matters. */
  boolean isOneOf(Path folder, Path name) {
    return whole.contains(folder) || names.getOrDefault(folder, Set.of()).contains(name);
  }

  private void addFolders(Path top) {
    try (Stream<Path> all = Files.walk(top)) {
      for (Path folder : all.filter(Files::isDirectory).toList()) {
        whole.add(folder.toRealPath());
      }
    } catch (IOException | UncheckedIOException e) {
      // It went away meanwhile: the folder that it was in tells.
    }
  }

  private void follow(Path path) {
    Deque<Path> ahead = new ArrayDeque<>();
    Path at = begin(path.toAbsolutePath(), ahead);
    int links = 0;
    while (!ahead.isEmpty() && links <= MOST_LINKS) {
      Path name = ahead.pop();
      Path next = at.resolve(name).normalize();
      names.computeIfAbsent(at, _ -> new HashSet<>()).add(name);
      if (Files.isSymbolicLink(next)) {
        links++;
        at = begin(at.resolve(target(next)), ahead);
      } else if (Files.isDirectory(next)) {
        at = next;
      } else {
        return;
      }
    }
  }

  /** Puts the names of an absolute path in front of those that are ahead; gives the root. */
  private static Path begin(Path path, Deque<Path> ahead) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      ahead.push(path.getName(i));
    }
    return path.getRoot();
  }

  private static Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      return link.getFileName(); // No link any more: looked at again when its folder tells.
    }
  }
}
