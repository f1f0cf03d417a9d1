// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.FileCalls;
import dev.sluice.linux.ffi.ProcessCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A network namespace held by an open descriptor: it lives at least as long as this object, even if
 * its name is removed. Whoever opens it closes it. Thread-safe. See <a
 * href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">network_namespaces(7)</a>;
 * needs Linux 4.11.
 */
public final class NetworkNamespace implements AutoCloseable {
  // Not /proc/self, which is the main thread: the caller may be a thread in another namespace.
  private static final Path OF_THIS_THREAD = Path.of("/proc/thread-self/ns/net");

  private final FileDescriptor descriptor;
  private final String name;
  private final long inode;

  private NetworkNamespace(FileDescriptor descriptor, String name, long inode) {
    this.descriptor = descriptor;
    this.name = name;
    this.inode = inode;
  }

  /**
   * Opens by a name, such as {@code /run/netns/pod1} or {@code /proc/4711/ns/net}.
   *
   * @throws SyscallException ENOENT and others from open(2); EINVAL or ENOTTY if it is no network
   *     namespace, such as the empty file that a removed mount leaves behind
   */
  public static NetworkNamespace open(Path path) throws IOException {
    int fd = FileCalls.open(path.toString());
    if (fd < 0) {
      throw new SyscallException("open", -fd, "of network namespace " + path);
    }
    FileDescriptor descriptor = FileDescriptor.owning(fd);
    try {
      requireNetwork(fd, path.toString());
      return new NetworkNamespace(descriptor, path.toString(), inode(fd));
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /**
   * Takes over a descriptor that somebody handed over; it is closed if it is refused.
   *
   * @param name for people
   * @throws SyscallException EINVAL or ENOTTY if it is no network namespace
   */
  public static NetworkNamespace owning(FileDescriptor descriptor, String name) throws IOException {
    try {
      requireNetwork(descriptor.number(), name);
      return new NetworkNamespace(descriptor, name, inode(descriptor.number()));
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /** The namespace of the calling thread; on a virtual thread, that of its carrier. */
  public static NetworkNamespace current() throws IOException {
    return open(OF_THIS_THREAD);
  }

  /**
   * The namespace of a socket that another process has open: the way into one that no process lives
   * in and no mount keeps, only its sockets do. Needs Linux 5.6, CAP_SYS_PTRACE and CAP_NET_ADMIN.
   *
   * @param pid of the process
   * @param socket the number of its descriptor there
   * @throws SyscallException ESRCH or EBADF if process or descriptor are gone, ENOTTY if it is no
   *     socket
   */
  public static NetworkNamespace ofSocket(int pid, int socket) throws IOException {
    String what = "of descriptor " + socket + " of process " + pid;
    try (FileDescriptor process = owning(ProcessCalls.openProcess(pid), "pidfd_open", what, "");
        FileDescriptor copy =
            owning(
                ProcessCalls.duplicateFrom(process.number(), socket),
                "pidfd_getfd",
                what,
                "needs CAP_SYS_PTRACE")) {
      FileDescriptor descriptor =
          owning(
              FileCalls.namespaceOfSocket(copy.number()),
              "ioctl(SIOCGSKNS)",
              what,
              "needs CAP_NET_ADMIN");
      try {
        return new NetworkNamespace(
            descriptor, "network namespace " + what, inode(descriptor.number()));
      } catch (IOException | RuntimeException e) {
        descriptor.close();
        throw e;
      }
    }
  }

  private static long inode(int fd) throws IOException {
    return (Long) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino");
  }

  private static FileDescriptor owning(int result, String call, String what, String ifRefused)
      throws SyscallException {
    if (result < 0) {
      throw new SyscallException(
          call, -result, what, Errno.EPERM.returnedBy(result) ? ifRefused : "");
    }
    return FileDescriptor.owning(result);
  }

  /** Its inode number, as in {@code net:[4026531840]}: two with the same one are the same. */
  public long inode() {
    return inode;
  }

  /** The descriptor, for calls that take a namespace; it stays this object's. */
  public FileDescriptor descriptor() {
    return descriptor;
  }

  /** Moves the calling thread; only {@link NamespaceThread} may, with a thread to throw away. */
  void enter() throws SyscallException {
    int result = ProcessCalls.enterNetworkNamespace(descriptor.number());
    if (result < 0) {
      throw new SyscallException(
          "setns(CLONE_NEWNET)",
          -result,
          "into " + this,
          Errno.EPERM.returnedBy(result) ? "needs CAP_SYS_ADMIN" : "");
    }
  }

  /** Lets go of it; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  @Override
  public String toString() {
    return name + " (net:[" + inode + "])";
  }

  private static void requireNetwork(int fd, String name) throws SyscallException {
    int type = FileCalls.namespaceType(fd);
    if (type == ProcessCalls.CLONE_NEWNET) {
      return;
    }
    throw new SyscallException(
        "ioctl(NS_GET_NSTYPE)",
        type < 0 ? -type : Errno.EINVAL.number(),
        "of " + name,
        "expected a network namespace");
  }
}
