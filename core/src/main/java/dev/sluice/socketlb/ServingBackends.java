// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Which backend serves which service, by a table in force. Lingering backends (terminating ones)
 * serve the connections that they have. Immutable.
 */
final class ServingBackends {
  private final Set<Membership> members = new HashSet<>();

  /** The number of a set and one of its backends; a backend of one set may be none of another. */
  private record Membership(int set, InetSocketAddress backend) {}

  private ServingBackends() {}

  static ServingBackends of(Collection<TableEntry> table) {
    ServingBackends serving = new ServingBackends();
    for (TableEntry entry : table) {
      switch (entry) {
        case TableEntry.Backend backend ->
            serving.members.add(new Membership(backend.set(), backend.address()));
        case TableEntry.ServiceIp _, TableEntry.NodePort _, TableEntry.NodeAddress _ -> {}
      }
    }
    return serving;
  }

  /**
   * True if the backend still serves the set. Compared by address: its number may be another one in
   * a later table.
   */
  boolean contains(SocketTranslation translation) {
    return members.contains(new Membership(translation.serviceId(), translation.backend()));
  }
}
