// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.socketlb.HostNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Network namespaces by their cookies. Looks for those that it doesn't know once a second at most,
 * and keeps so many. Confined to one thread.
 */
final class NamespaceNames {
  private static final long SEARCH_NANOS = 1_000_000_000;
  private static final int MOST = 4_096;
  private static final long NO_INODE = 0;

  private final Map<Long, Place> known = new HashMap<>();
  private long searchedAt;
  private boolean searched;

  /** From now on that is its name. */
  void put(long cookie, Place place) {
    known.put(cookie, place);
  }

  /** With a name made of the cookie and inode number 0 if no way leads to it. */
  Place of(long cookie) {
    Place place = known.get(cookie);
    if (place == null && (!searched || System.nanoTime() - searchedAt >= SEARCH_NANOS)) {
      search();
      place = known.get(cookie);
    }
    return place != null
        ? place
        : new Place("the network namespace with cookie " + Long.toUnsignedString(cookie), NO_INODE);
  }

  private void put(NetworkNamespace namespace) {
    try {
      String path = namespace.toString().replaceFirst(" \\(net:.*", "");
      known.putIfAbsent(
          HostNamespace.cookie(namespace),
          new Place(OpenedPlace.name(Path.of(path)), namespace.inode()));
    } catch (IOException e) {
      // A cookie is a name, too.
    }
  }

  private void search() {
    searched = true;
    searchedAt = System.nanoTime();
    if (known.size() > MOST) {
      known.clear();
    }
    try {
      Map<Long, NetworkNamespace> found = NamespaceSearch.open(NamespaceSearch.inodes());
      try {
        found.values().forEach(this::put);
      } finally {
        for (NetworkNamespace namespace : found.values()) {
          namespace.close();
        }
      }
    } catch (IOException e) {
      // Then none has another name.
    }
  }
}
