// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the sockets lie through which a running proxy is told things: below {@code /run/sluice}, in
 * a folder that is named by the inode of the proxy's network namespace, so that whoever is in the
 * same one finds it. Who may not write there has a folder of its own, which nobody else may enter.
 */
final class ControlFolder {
  private static final String ADMIN = "admin.sock";
  private static final Path SHARED = Path.of("/run/sluice");
  private static final String PREFIX = "sluice-";

  /** A folder of each user who is logged in: see pam_systemd(8). */
  private static final Path SESSIONS = Path.of("/run/user");

  private static final Path TEMPORARY = Path.of("/tmp");
  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private ControlFolder() {}

  /**
   * The admin socket beside which the others lie.
   *
   * @param chosen by an option, or null for the usual place, whose folder is made if it isn't there
   * @throws IOException if the folder can't be had, or somebody else may write to it
   */
  static Path adminSocket(@Nullable Path chosen, long user) throws IOException {
    return chosen == null ? usual(user).resolve(ADMIN) : chosen;
  }

  /**
   * The proxies of a network namespace.
   *
   * @param served sockets at which one answers
   * @param places where it was looked
   * @param refused folders that are not looked into, with the reason
   */
  record Found(List<Path> served, List<Path> places, List<String> refused) {}

  /**
   * Looks where proxies of this network namespace have their admin sockets unless they were told
   * another place: those of root and of every user. Nothing is made. A file that nobody answers at
   * was left by a proxy that was killed.
   */
  static Found adminSockets(long user) throws IOException {
    List<Path> bases = new ArrayList<>(List.of(base(), TEMPORARY));
    bases.addAll(below(SESSIONS, "*"));
    return adminSockets(SHARED, bases, namespace(), user);
  }

  /**
   * Looks there.
   *
   * @param bases where users have a folder {@code sluice-UID}, which must be that user's
   */
  static Found adminSockets(Path shared, List<Path> bases, String name, long user)
      throws IOException {
    List<String> refused = new ArrayList<>();
    Set<Path> places = new LinkedHashSet<>(List.of(shared.resolve(name)));
    for (Path base : bases) {
      for (Path folder : below(base, "sluice-[0-9]*")) {
        try {
          long owner = Long.parseLong(folder.getFileName().toString().substring(PREFIX.length()));
          places.add(ownFolder(folder, owner).resolve(name));
        } catch (NumberFormatException e) {
          // Another kind of folder, whose name only begins like ours.
        } catch (AccessDeniedException | NoSuchFileException e) {
          // Nothing that this user could ask, or gone by now.
        } catch (IOException e) {
          refused.add(String.valueOf(e.getMessage()));
        }
      }
      places.add(base.resolve(PREFIX + user).resolve(name));
    }
    List<Path> sockets = places.stream().map(folder -> folder.resolve(ADMIN)).toList();
    return new Found(sockets.stream().filter(ControlFolder::isServed).toList(), sockets, refused);
  }

  private static List<Path> below(Path folder, String names) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, names)) {
      List<Path> all = new ArrayList<>();
      found.forEach(all::add);
      all.sort(null);
      return all;
    } catch (NotDirectoryException | NoSuchFileException | AccessDeniedException e) {
      return List.of();
    }
  }

  /** Whoever may not connect may still be told that somebody is there. */
  private static boolean isServed(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static String namespace() throws IOException {
    return Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino").toString();
  }

  private static Path base() {
    String base = System.getenv("XDG_RUNTIME_DIR");
    return base == null ? TEMPORARY : Path.of(base);
  }

  /** Removes the folder of {@code socket} and Sluice's own around it, if nothing is in them. */
  static void removeIfEmpty(Path socket) {
    Path folder = socket.getParent();
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
        Path around = folder.getParent();
        if (around != null && around.getFileName().toString().startsWith("sluice")) {
          Files.deleteIfExists(around);
        }
      }
    } catch (IOException e) {
      // Somebody else is in it, or it is not ours to remove.
    }
  }

  private static Path usual(long user) throws IOException {
    return usual(SHARED, base(), namespace(), user);
  }

  /**
   * The folder {@code name}.
   *
   * @param shared where root makes it
   * @param base where another user makes it that may not write there
   */
  static Path usual(Path shared, Path base, String name, long user) throws IOException {
    Path common = shared.resolve(name);
    if (user == 0) {
      make(shared);
      requireRoots(shared);
      make(common);
      return trusted(common, user);
    }
    // Made beforehand for this user, as packages and init containers do.
    if (Files.isWritable(common)) {
      return trusted(common, user);
    }
    if (Files.isWritable(shared)) {
      return ownFolder(common, user);
    }
    return ownFolder(ownFolder(base.resolve(PREFIX + user), user).resolve(name), user);
  }

  /** Whatever the umask: proxies of other users look for their folders in it. */
  private static void make(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (FileAlreadyExistsException e) {
      // Whose it is, is asked next.
    }
  }

  /**
   * Whoever owns the folder around could put another in the place of ours. That everybody may write
   * to it is how the kubelet makes a volume.
   */
  private static void requireRoots(Path folder) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    if (owner(found) != 0 || (mode(found) & 0170000) != 0040000) {
      throw new IOException(
          "using the folder %s: it is of user %d with mode %o; expected a folder of user 0"
              .formatted(folder, owner(found), mode(found)));
    }
  }

  /** Of this user or root, no link, and only those write to it whom its owner lets. */
  private static Path trusted(Path folder, long user) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    long owner = owner(found);
    int mode = mode(found);
    if ((owner != 0 && owner != user) || (mode & 0170002) != 0040000) {
      throw new IOException(
          "using the folder %s: it is of user %d with mode %o; expected a folder of user %s that"
                  .formatted(folder, owner, mode, user == 0 ? "0" : user + " or 0")
              + " not everybody may write to");
    }
    return folder;
  }

  /** In a place where others may make folders too: it must be ours, no link, and closed to them. */
  private static Path ownFolder(Path folder, long user) throws IOException {
    Map<String, Object> found;
    try {
      found = Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Files.createDirectory(folder, OWN);
    }
    long owner = owner(found);
    int mode = mode(found);
    if (owner != user || (mode & 0170077) != 0040000) {
      throw new IOException(
          "using the folder %s: it is of user %d with mode %o; expected a folder of user %d that"
                  .formatted(folder, owner, mode, user)
              + " nobody else may enter");
    }
    return folder;
  }

  private static long owner(Map<String, Object> attributes) {
    return Integer.toUnsignedLong((Integer) Objects.requireNonNull(attributes.get("uid")));
  }

  private static int mode(Map<String, Object> attributes) {
    return (Integer) Objects.requireNonNull(attributes.get("mode"));
  }
}
