// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The network namespaces of stale sockets, held open until this is closed. Most are found by a
 * process that lives in them or by a mount; one that nothing but its sockets keeps, through a
 * process that has one of them open. Confined to one thread.
 */
final class StaleSocketNamespaces implements AutoCloseable {
  private static final String NO_WAY = "no process and no mount leads into its network namespace";

  private final Map<Long, NetworkNamespace> found;

  private StaleSocketNamespaces(Map<Long, NetworkNamespace> found) {
    this.found = found;
  }

  /** Looks for all of {@code inodes} at once; {@link #open} says which are missing. */
  static StaleSocketNamespaces find(Set<Long> inodes) throws IOException {
    return new StaleSocketNamespaces(NamespaceSearch.open(inodes));
  }

  /**
   * The namespace of that inode number; it stays this object's.
   *
   * @param owners of sockets in it
   * @throws IOException if no way leads there, with what was tried
   */
  NetworkNamespace open(long inode, List<SocketHolder> owners) throws IOException {
    NetworkNamespace known = found.get(inode);
    if (known != null) {
      return known;
    }
    IOException missing = new IOException(NO_WAY);
    for (SocketHolder owner : owners) {
      try {
        NetworkNamespace namespace =
            NetworkNamespace.ofSocket((int) owner.pid(), owner.descriptor());
        if (namespace.inode() == inode) {
          found.put(inode, namespace);
          return namespace;
        }
        namespace.close(); // The number is another file's by now.
      } catch (IOException e) {
        missing = new IOException(NO_WAY + "; " + e.getMessage(), e);
      }
    }
    throw missing;
  }

  @Override
  public void close() throws IOException {
    for (NetworkNamespace namespace : found.values()) {
      namespace.close();
    }
  }
}
