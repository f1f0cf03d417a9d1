// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.UnixStreams;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks for the proxy of a network namespace where {@link ControlFolder} has its admin socket.
 * Anybody may make a folder in {@code /tmp} and listen there, so a socket is only connected to if
 * root, the caller or, for root, {@link ControlFolder#PROXY_USER} made its folder. Nothing is made,
 * and no link is followed. Used once.
 */
final class ControlSearch {
  private final List<Path> bases;
  private final String name;
  private final long user;
  private final List<Path> places = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  /**
   * What there is.
   *
   * @param served sockets at which somebody answers, in the first place that has any: that of root,
   *     the caller's own, that of the proxy's user
   * @param places where it was looked
   * @param others sockets of other users, if none is served; nobody has tried whether they answer
   * @param refused folders that are not looked into, with the reason
   */
  record Found(List<Path> served, List<Path> places, List<Path> others, List<String> refused) {}

  private ControlSearch(List<Path> bases, String name, long user) {
    this.bases = bases;
    this.name = name;
    this.user = user;
  }

  /**
   * Looks. A file that nobody answers at was left by a proxy that was killed.
   *
   * @param shared where root makes folders
   * @param bases where users have a folder {@code sluice-UID}, which must be that user's
   * @param name of the folder
   */
  static Found find(Path shared, List<Path> bases, String name, long user) throws IOException {
    ControlSearch search = new ControlSearch(bases.stream().distinct().toList(), name, user);
    return search.find(shared.resolve(name));
  }

  private Found find(Path common) throws IOException {
    List<Path> served = common(common);
    if (served.isEmpty()) {
      served = ofUser(user);
    }
    if (served.isEmpty() && user == 0) {
      served = ofUser(ControlFolder.PROXY_USER);
    }
    List<Path> others = served.isEmpty() ? ofOthers() : List.of();
    return new Found(served, List.copyOf(places), others, List.copyOf(refused));
  }

  private List<Path> common(Path folder) {
    List<Long> trusted = Stream.of(user, 0L, ControlFolder.PROXY_USER).distinct().toList();
    return socketIn(folder, () -> ControlFolder.requireTrusted(folder, trusted))
        .filter(ControlSearch::isServed)
        .toList();
  }

  private List<Path> ofUser(long owner) {
    List<Path> served = new ArrayList<>();
    for (Path base : bases) {
      Path around = base.resolve(ControlFolder.PREFIX + owner);
      Path folder = around.resolve(name);
      socketIn(folder, () -> requireOwn(around, folder, owner))
          .filter(ControlSearch::isServed)
          .forEach(served::add);
    }
    return served;
  }

  private interface Check {
    void run() throws IOException;
  }

  private Stream<Path> socketIn(Path folder, Check check) {
    Path socket = folder.resolve(ControlFolder.ADMIN);
    places.add(socket);
    try {
      check.run();
      return ControlFolder.isSocket(socket) ? Stream.of(socket) : Stream.empty();
    } catch (AccessDeniedException | NoSuchFileException e) {
      // Nothing that this user could ask, or gone by now.
    } catch (IOException e) {
      refused.add(String.valueOf(e.getMessage()));
    }
    return Stream.empty();
  }

  private static void requireOwn(Path around, Path folder, long owner) throws IOException {
    ControlFolder.requireOwn(around, owner);
    ControlFolder.requireOwn(folder, owner);
  }

  private List<Path> ofOthers() throws IOException {
    List<Path> others = new ArrayList<>();
    for (Path base : bases) {
      for (Path around : below(base, ControlFolder.PREFIX + "[0-9]*")) {
        Path socket = around.resolve(name).resolve(ControlFolder.ADMIN);
        if (!places.contains(socket) && isOfWhomItSays(around) && ControlFolder.isSocket(socket)) {
          others.add(socket);
        }
      }
    }
    return others;
  }

  /** Not said of any that isn't: everybody could have such lines written here. */
  private boolean isOfWhomItSays(Path around) {
    String text = String.valueOf(around.getFileName());
    try {
      long owner = Long.parseLong(text.substring(ControlFolder.PREFIX.length()));
      requireOwn(around, around.resolve(name), owner);
      return text.equals(ControlFolder.PREFIX + owner);
    } catch (NumberFormatException | IOException e) {
      return false;
    }
  }

  /** The folders below {@code folder} that have such a name, sorted; none if it can't be read. */
  static List<Path> below(Path folder, String names) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, names)) {
      List<Path> all = new ArrayList<>();
      found.forEach(all::add);
      all.sort(null);
      return all;
    } catch (NotDirectoryException | NoSuchFileException | AccessDeniedException e) {
      return List.of();
    }
  }

  /** Where even that can't be found out, somebody may be there. */
  private static boolean isServed(Path socket) {
    try {
      return UnixStreams.isServed(socket);
    } catch (SyscallException e) {
      return true;
    }
  }
}
