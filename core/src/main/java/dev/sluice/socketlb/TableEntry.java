// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.net.AddressText;
import dev.sluice.socketlb.TableLayout.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** One entry of a table, read back from the kernel. Immutable. */
sealed interface TableEntry {
  /**
   * A service IP with a port.
   *
   * @param protocol {@code IPPROTO_TCP} or {@code IPPROTO_UDP}
   * @param set the number of the backend set
   */
  record ServiceIp(InetSocketAddress address, int protocol, int set, SetInfo backends)
      implements TableEntry {
    /** For people. */
    String toText() {
      return AddressText.of(address) + "/" + TableLayout.protocolName(protocol);
    }
  }

  /** A port on every address of the node. */
  record NodePort(boolean ipv6, int port, int protocol, int set, SetInfo backends)
      implements TableEntry {
    /** For people. */
    String toText() {
      return "node port " + port + "/" + TableLayout.protocolName(protocol);
    }
  }

  /** An address of the node. */
  record NodeAddress(InetAddress address) implements TableEntry {}

  /**
   * A backend of a set.
   *
   * @param kind {@link Kind#SLOT}, {@link Kind#MEMBER} or {@link Kind#LINGERING}
   * @param id the number of the backend
   */
  record Backend(Kind kind, int set, int id, InetSocketAddress address) implements TableEntry {}

  /**
   * What a frontend says about its set.
   *
   * @param backends for new connections
   * @param affinitySeconds 0 for none
   * @param path {@link PathBits}
   */
  record SetInfo(int backends, int affinitySeconds, int path) {}

  /** The numbers of the sets that {@code table} is about. */
  static Set<Integer> sets(Collection<TableEntry> table) {
    Set<Integer> sets = new HashSet<>();
    for (TableEntry entry : table) {
      switch (entry) {
        case ServiceIp service -> sets.add(service.set());
        case NodePort nodePort -> sets.add(nodePort.set());
        case Backend backend -> sets.add(backend.set());
        case NodeAddress _ -> {}
      }
    }
    return sets;
  }

  /** Reads {@code struct table_key} and {@code struct table_value}. */
  static TableEntry decode(MapEntry entry) {
    ByteBuffer key = TableLayout.over(entry.key());
    ByteBuffer value = TableLayout.over(entry.value());
    Kind kind = Kind.of(key.get());
    int protocol = key.get() & 0xff;
    int port = TableLayout.getPort(key, key.position());
    int id = key.position(4).getInt();
    return switch (kind) {
      case SERVICE ->
          new ServiceIp(
              new InetSocketAddress(AddressBytes.get(key), port),
              protocol,
              value.getInt(),
              setInfo(value));
      case NODE_PORT ->
          new NodePort(TableLayout.isIpv6(id), port, protocol, value.getInt(), setInfo(value));
      case NODE_ADDRESS -> new NodeAddress(AddressBytes.get(key));
      case SLOT, MEMBER, LINGERING -> {
        InetAddress address = AddressBytes.get(value);
        int backend = value.getInt();
        int backendPort = TableLayout.getPort(value, value.position());
        yield new Backend(kind, id, backend, new InetSocketAddress(address, backendPort));
      }
    };
  }

  private static SetInfo setInfo(ByteBuffer value) {
    return new SetInfo(value.getInt(), value.getInt(), value.getInt());
  }
}
