// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Ways into network namespaces by their inode numbers: those that a process of this machine lives
 * in, with a name or without, and those that a mount keeps ({@code ip netns add}). Looks at each
 * process once, so search for all that are wanted at a time. Sees the processes of its own pid
 * namespace and the mounts of its own mount namespace. Thread-safe.
 */
public final class NamespaceSearch {
  private static final Path PROC = Path.of("/proc");
  private static final String PREFIX = "net:[";

  private NamespaceSearch() {}

  /**
   * Opens those of the wanted namespaces that can be found; the caller closes them.
   *
   * @param inodes as {@link NetworkNamespace#inode()} has them
   * @return by inode number; those that no way leads to are not in it
   * @throws IOException if {@code /proc} can't be read; nothing is left open then
   */
  public static Map<Long, NetworkNamespace> open(Set<Long> inodes) throws IOException {
    Map<Long, NetworkNamespace> found = new HashMap<>();
    try {
      // A mount has a name that people gave it.
      addMounted(inodes, found);
      addOfProcesses(inodes, found);
      return found;
    } catch (IOException | RuntimeException e) {
      for (NetworkNamespace namespace : found.values()) {
        namespace.close();
      }
      throw e;
    }
  }

  /** The inode numbers of all that a process or a mount leads to. */
  public static Set<Long> inodes() throws IOException {
    Set<Long> inodes = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        inodeOfLink(process.resolve("ns/net")).ifPresent(inodes::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (String line : Files.readAllLines(PROC.resolve("self/mountinfo"))) {
      String[] fields = line.split(" ", 6);
      if (fields.length == 6) {
        inodeOfName(fields[3]).ifPresent(inodes::add);
      }
    }
    return inodes;
  }

  private static void addOfProcesses(Set<Long> inodes, Map<Long, NetworkNamespace> found)
      throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (found.size() == inodes.size()) {
          return;
        }
        Path link = process.resolve("ns/net");
        inodeOfLink(link).ifPresent(inode -> addIfWanted(link, inode, inodes, found));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void addMounted(Set<Long> inodes, Map<Long, NetworkNamespace> found)
      throws IOException {
    for (String line : Files.readAllLines(PROC.resolve("self/mountinfo"))) {
      // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT ...; the root of a mounted namespace is its name.
      String[] fields = line.split(" ", 6);
      if (fields.length == 6) {
        inodeOfName(fields[3])
            .ifPresent(inode -> addIfWanted(Path.of(unescape(fields[4])), inode, inodes, found));
      }
    }
  }

  private static void addIfWanted(
      Path path, long inode, Set<Long> inodes, Map<Long, NetworkNamespace> found) {
    if (inodes.contains(inode) && !found.containsKey(inode)) {
      openAs(path, inode).ifPresent(namespace -> found.put(inode, namespace));
    }
  }

  /** Empty if the process or mount is gone by now, or its number stands for another one. */
  private static Optional<NetworkNamespace> openAs(Path path, long inode) {
    try {
      NetworkNamespace namespace = NetworkNamespace.open(path);
      if (namespace.inode() == inode) {
        return Optional.of(namespace);
      }
      namespace.close();
    } catch (IOException e) {
      // The next way may lead there; what none leads to is missing from the result.
    }
    return Optional.empty();
  }

  private static OptionalLong inodeOfLink(Path link) {
    try {
      return inodeOfName(Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      // The process has ended since it was listed, or belongs to somebody who hides it from us.
      return OptionalLong.empty();
    }
  }

  /** The inode number in a name such as {@code net:[4026531840]}; empty for any other name. */
  public static OptionalLong inodeOfName(String name) {
    if (!name.startsWith(PREFIX) || !name.endsWith("]")) {
      return OptionalLong.empty();
    }
    String number = name.substring(PREFIX.length(), name.length() - 1);
    return number.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(number))
        : OptionalLong.empty();
  }

  /** The kernel writes blank, tab, newline and backslash of a path as {@code \040} and so on. */
  static String unescape(String path) {
    StringBuilder text = new StringBuilder(path.length());
    int at = 0;
    while (at < path.length()) {
      if (path.charAt(at) == '\\' && path.substring(at + 1).matches("(?s)[0-3][0-7]{2}.*")) {
        text.append((char) Integer.parseInt(path, at + 1, at + 4, 8));
        at += 4;
      } else {
        text.append(path.charAt(at));
        at++;
      }
    }
    return text.toString();
  }
}
