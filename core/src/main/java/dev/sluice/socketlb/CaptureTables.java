// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.TypedMap;
import dev.sluice.model.IpBlock;
import dev.sluice.net.Direction;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The maps {@code ports} and {@code subnets} of the programs. Confined to one thread. */
final class CaptureTables {
  private static final int LIST_BITS = 32;
  private static final int MAPPED_BITS = 96;

  private final TypedMap<PortRule, Boolean> ports;
  private final TypedMap<SubnetRule, Boolean> subnets;

  CaptureTables(BpfCollection loaded) {
    this.ports = TypedMap.of(loaded.map("ports"), portRules(), present());
    this.subnets = TypedMap.of(loaded.map("subnets"), subnetRules(), present());
  }

  /** {@code enum list}. */
  enum Listing {
    INCLUDED(1),
    EXCLUDED(2);

    private final int number;

    Listing(int number) {
      this.number = number;
    }

    static Listing of(int number) {
      return number == INCLUDED.number ? INCLUDED : EXCLUDED;
    }
  }

  /** {@code struct port_key}. */
  record PortRule(int port, Direction direction, Listing listing) {}

  /** {@code struct subnet_key}, with the bits behind the prefix cleared. */
  record SubnetRule(IpBlock block, Listing listing) {
    static SubnetRule of(IpBlock block, Listing listing) {
      byte[] bytes = block.network().getAddress();
      for (int bit = block.prefixLength(); bit < bytes.length * Byte.SIZE; bit++) {
        bytes[bit / Byte.SIZE] &= (byte) ~(0x80 >>> (bit % Byte.SIZE));
      }
      try {
        InetAddress network = InetAddress.getByAddress(bytes);
        return new SubnetRule(new IpBlock(network, block.prefixLength()), listing);
      } catch (UnknownHostException e) {
        throw new AssertionError("the bytes of an address are an address", e);
      }
    }
  }

  /** Brings {@code options} into force; {@code rollback} puts back what was there. */
  void replace(CaptureOptions options, Rollback rollback) throws IOException {
    replace(ports, portsOf(options), rollback);
    replace(subnets, subnetsOf(options.outbound()), rollback);
  }

  private static <K> void replace(TypedMap<K, Boolean> map, Set<K> wanted, Rollback rollback)
      throws IOException {
    Set<K> gone = new HashSet<>(map.readAll().keySet());
    Set<K> fresh = new HashSet<>(wanted);
    fresh.removeAll(gone);
    gone.removeAll(wanted);
    rollback.add(
        () -> {
          put(map, gone);
          map.deleteAll(fresh);
        });
    put(map, fresh);
    map.deleteAll(gone);
  }

  private static <K> void put(TypedMap<K, Boolean> map, Set<K> keys) throws IOException {
    for (K key : keys) {
      map.put(key, true);
    }
  }

  private static Set<PortRule> portsOf(CaptureOptions options) {
    CaptureOptions.Inbound inbound = options.inbound();
    CaptureOptions.OutboundPorts outbound = options.outbound().ports();
    Set<PortRule> rules = new HashSet<>();
    add(rules, inbound.included(), Direction.INBOUND, Listing.INCLUDED);
    if (inbound.every()) {
      add(rules, inbound.excluded(), Direction.INBOUND, Listing.EXCLUDED);
    }
    add(rules, List.of(CaptureOptions.TUNNEL_PORT), Direction.INBOUND, Listing.EXCLUDED);
    add(rules, outbound.included(), Direction.OUTBOUND, Listing.INCLUDED);
    add(rules, outbound.excluded(), Direction.OUTBOUND, Listing.EXCLUDED);
    return rules;
  }

  private static void add(
      Set<PortRule> rules, List<Integer> ports, Direction direction, Listing listing) {
    ports.forEach(port -> rules.add(new PortRule(port, direction, listing)));
  }

  private static Set<SubnetRule> subnetsOf(CaptureOptions.Outbound outbound) {
    Set<SubnetRule> rules = new HashSet<>();
    outbound.included().forEach(block -> rules.add(SubnetRule.of(block, Listing.INCLUDED)));
    outbound.excluded().forEach(block -> rules.add(SubnetRule.of(block, Listing.EXCLUDED)));
    return rules;
  }

  static BpfCodec<PortRule> portRules() {
    return BpfCodec.of(
        Integer.BYTES,
        (rule, to) -> {
          putPort(to, rule.port());
          to.put((byte) (rule.direction() == Direction.OUTBOUND ? 1 : 2));
          to.put((byte) rule.listing().number);
        },
        from -> {
          int port = port(from);
          Direction direction = from.get() == 1 ? Direction.OUTBOUND : Direction.INBOUND;
          return new PortRule(port, direction, Listing.of(from.get()));
        });
  }

  static BpfCodec<SubnetRule> subnetRules() {
    return BpfCodec.of(
        2 * Integer.BYTES + AddressBytes.LENGTH,
        (rule, to) -> {
          to.putInt(LIST_BITS + offset(rule.block().network()) + rule.block().prefixLength());
          to.putShort((short) rule.listing().number);
          to.putShort((short) (rule.block().network() instanceof Inet4Address ? 1 : 0));
          AddressBytes.put(to, rule.block().network());
        },
        from -> {
          int bits = from.getInt();
          Listing listing = Listing.of(from.getShort());
          from.getShort(); // The family, which the address says too.
          InetAddress network = AddressBytes.get(from);
          return new SubnetRule(new IpBlock(network, bits - LIST_BITS - offset(network)), listing);
        });
  }

  private static int offset(InetAddress network) {
    return network instanceof Inet4Address ? MAPPED_BITS : 0;
  }

  private static BpfCodec<Boolean> present() {
    return BpfCodec.of(1, (_, to) -> to.put((byte) 1), _ -> true);
  }

  /** In network order, whatever the buffer's is. */
  static void putPort(ByteBuffer to, int port) {
    to.put((byte) (port >>> Byte.SIZE)).put((byte) port);
  }

  static int port(ByteBuffer from) {
    return Byte.toUnsignedInt(from.get()) << Byte.SIZE | Byte.toUnsignedInt(from.get());
  }
}
