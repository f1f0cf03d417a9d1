// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.linux.OpenedPath;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.UnixStreams;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * The socket file that a proxy answers at. It is made under another name, gets its mode and its
 * group, and only then the name by which it is found: nobody meets it with other rights, and one
 * that another process made is replaced in one step.
 */
final class AdminSocketFile {
  private static final int BACKLOG = 16;
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-rw----");

  private final Path path;
  private final int descriptor;
  private final Object inode;

  private AdminSocketFile(Path path, int descriptor, Object inode) {
    this.path = path;
    this.descriptor = descriptor;
    this.inode = inode;
  }

  /**
   * Listens at {@code path}. A file that a proxy which was killed has left is replaced.
   *
   * @throws IOException if somebody else listens there, something that is no socket is in the way,
   *     or the group can't be given although it must
   */
  static AdminSocketFile listen(Path path, AdminServer.SocketGroup group, AdminServer.Turn turn)
      throws IOException {
    requireFree(path, turn);
    Path made = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(made);
    } catch (AccessDeniedException e) {
      throw new IOException(refusal(path, "this user may not write to its folder"), e);
    }
    int descriptor = bind(made, path);
    try {
      Object inode = give(made, group);
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new AdminSocketFile(path, descriptor, inode);
    } catch (IOException e) {
      Sockets.close(descriptor);
      Files.deleteIfExists(made);
      throw e;
    }
  }

  private static int bind(Path made, Path path) throws IOException {
    try {
      return UnixStreams.listen(made, BACKLOG);
    } catch (SyscallException e) {
      throw new IOException(refusal(path, String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * Sets mode and group, and tells the inode. Of that very socket: who may write to the folder, as
   * to a volume of the kubelet's, could have put a link or a file of root's in its place since.
   */
  private static Object give(Path made, AdminServer.SocketGroup group) throws IOException {
    try (OpenedPath opened = OpenedPath.itself(made)) {
      Path itself = opened.path();
      if (!isSocket(Files.getAttribute(itself, "unix:mode"))) {
        throw new IOException(refusal(made, "something else was put in the place of the socket"));
      }
      Files.setPosixFilePermissions(itself, MODE);
      give(itself, group.id(), group.required());
      return Objects.requireNonNull(Files.getAttribute(itself, "unix:ino"));
    }
  }

  private static void give(Path itself, long group, boolean required) throws IOException {
    try {
      Files.setAttribute(itself, "unix:gid", (int) group);
    } catch (IOException e) {
      // Only CAP_CHOWN and members of the group may; then it keeps the group of this process.
      if (required) {
        throw new IOException(
            "giving the admin socket to group "
                + group
                + " (--admin-group): not permitted; expected to be a member of it (with systemd:"
                + " SupplementaryGroups=), or root with CAP_CHOWN",
            e);
      }
    }
  }

  private static boolean isSocket(Object mode) {
    return ((Integer) Objects.requireNonNull(mode) & FILE_TYPE) == SOCKET;
  }

  private static void requireFree(Path path, AdminServer.Turn turn) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS))) {
      throw new IOException(refusal(path, "something that is no socket is there"));
    }
    if (turn != AdminServer.Turn.FIRST) {
      return;
    }
    boolean served;
    try {
      served = UnixStreams.isServed(path);
    } catch (SyscallException e) {
      throw new IOException(refusal(path, e.getMessage()), e);
    }
    if (served) {
      throw new IOException(refusal(path, "another process listens there"));
    }
  }

  private static String refusal(Path path, String why) {
    return "cannot listen on "
        + path
        + " (--admin-socket): "
        + why
        + "; expected a path that is free, or none";
  }

  /** Whoever listens owns it. */
  int descriptor() {
    return descriptor;
  }

  /** Removes the file, unless it is somebody else's by now. */
  void remove() {
    try {
      if (inode.equals(Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS))) {
        Files.delete(path);
      }
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
