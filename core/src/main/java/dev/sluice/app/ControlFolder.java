// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the sockets lie through which a running proxy is told things: below {@code /run/sluice}, in
 * a folder that is named by the inode of the proxy's network namespace, so that whoever is in the
 * same one finds it. Who may not write there has a folder of its own, which nobody else may enter.
 */
final class ControlFolder {
  static final String ADMIN = "admin.sock";
  static final String PREFIX = "sluice-";

  /** Whom a sidecar runs as, whose word root takes as its own. */
  static final long PROXY_USER = 1337;

  private static final Path SHARED = Path.of("/run/sluice");

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
   * Looks where proxies of this network namespace have their admin sockets unless they were told
   * another place. Nothing is made.
   */
  static ControlSearch.Found adminSockets(long user) throws IOException {
    List<Path> bases = new ArrayList<>(List.of(base(), TEMPORARY));
    bases.addAll(ControlSearch.below(SESSIONS, "*"));
    return ControlSearch.find(SHARED, bases, namespace(), user);
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
      return requireTrusted(common, List.of(user));
    }
    // Made beforehand for this user, as packages and init containers do.
    if (Files.isWritable(common)) {
      return requireTrusted(common, List.of(user, 0L));
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

  /** Of one of these users, no link, and only those write to it whom its owner lets. */
  static Path requireTrusted(Path folder, List<Long> users) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    long owner = owner(found);
    int mode = mode(found);
    if (!users.contains(owner) || (mode & 0170002) != 0040000) {
      throw new IOException(
          "using the folder %s: it is of user %d with mode %o; expected a folder of user %s that"
                  .formatted(
                      folder,
                      owner,
                      mode,
                      users.stream().map(String::valueOf).collect(Collectors.joining(" or ")))
              + " not everybody may write to");
    }
    return folder;
  }

  /** The folder, made if it isn't there. */
  private static Path ownFolder(Path folder, long user) throws IOException {
    try {
      return requireOwn(folder, user);
    } catch (NoSuchFileException e) {
      return Files.createDirectory(folder, OWN);
    }
  }

  /** In a place where others may make folders too: it must be ours, no link, and closed to them. */
  static Path requireOwn(Path folder, long user) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
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

  /** Whether it is one, and no link to one; false if nothing is there. */
  static boolean isSocket(Path path) throws IOException {
    try {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode(found) & 0170000) == 0140000;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static long owner(Map<String, Object> attributes) {
    return Integer.toUnsignedLong((Integer) Objects.requireNonNull(attributes.get("uid")));
  }

  private static int mode(Map<String, Object> attributes) {
    return (Integer) Objects.requireNonNull(attributes.get("mode"));
  }
}
