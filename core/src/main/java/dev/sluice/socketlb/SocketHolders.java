// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds who has sockets open: one look at every descriptor of every process, so ask for all sockets
 * at a time, and only when there are some. Processes come and go meanwhile; what can't be read is
 * left out. Stateless.
 */
public final class SocketHolders {
  private static final Path PROC = Path.of("/proc");
  private static final String PREFIX = "socket:[";

  private SocketHolders() {}

  /** By the inode number of the socket; sockets that nobody here has open are not in it. */
  public static Map<Long, List<SocketHolder>> find(Set<Long> inodes) throws IOException {
    Map<String, Long> wanted = new HashMap<>();
    inodes.forEach(inode -> wanted.put(PREFIX + inode + "]", inode));
    Map<Long, List<SocketHolder>> owners = new HashMap<>();
    if (!wanted.isEmpty()) {
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
        processes.forEach(process -> addOf(process, wanted, owners));
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    return owners;
  }

  private static void addOf(
      Path process, Map<String, Long> wanted, Map<Long, List<SocketHolder>> owners) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        Long inode = wanted.get(target(descriptor));
        if (inode != null) {
          owners.computeIfAbsent(inode, _ -> new ArrayList<>()).add(owner(process, descriptor));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The process has ended since it was listed, or is hidden from us: no owner that we can name.
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // Closed since it was listed.
    }
  }

  private static SocketHolder owner(Path process, Path descriptor) {
    return new SocketHolder(
        Long.parseLong(process.getFileName().toString()),
        Integer.parseInt(descriptor.getFileName().toString()),
        command(process));
  }

  private static String command(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
