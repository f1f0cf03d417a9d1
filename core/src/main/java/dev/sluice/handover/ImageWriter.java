// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.SyscallException;
import dev.sluice.listener.ListenAddress;
import dev.sluice.net.LocalAddress;
import dev.sluice.relay.FrozenConnection;
import dev.sluice.relay.FrozenDirection;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.FrozenConnect;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link FrozenProxy} to a file: first the bytes that wait in memory, then the image,
 * whose form is that of {@link ImageReader}. Descriptors are left out of it and listed in the order
 * in which the reader will ask for them. Confined to one thread.
 */
final class ImageWriter {
  private final MemoryFile file;
  private final List<Integer> descriptors = new ArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  private ImageWriter(MemoryFile file) {
    this.file = file;
  }

  /** Where the image is, and what goes with it. */
  record Written(long at, int length, List<Integer> descriptors) {}

  /**
   * Appends {@code proxy} to {@code file}, which stays the caller's.
   *
   * @throws SyscallException if the file takes no more
   */
  static Written write(FrozenProxy proxy, MemoryFile file) throws SyscallException {
    ImageWriter writer = new ImageWriter(file);
    try {
      writer.proxy(proxy);
    } catch (SyscallException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    long at = file.end();
    file.append(writer.bytes.toByteArray());
    return new Written(at, writer.bytes.size(), List.copyOf(writer.descriptors));
  }

  private void proxy(FrozenProxy proxy) throws IOException {
    out.writeLong(proxy.lastId());
    out.writeBoolean(proxy.link().isPresent());
    proxy.link().ifPresent(descriptors::add);
    out.writeInt(proxy.listeners().size());
    for (FrozenProxy.FrozenListener listener : proxy.listeners()) {
      descriptors.add(listener.descriptor());
      listenAddress(listener.address());
    }
    out.writeInt(proxy.connections().size());
    for (FrozenConnection connection : proxy.connections()) {
      connection(connection);
    }
  }

  private void listenAddress(ListenAddress address) throws IOException {
    constant(address.direction());
    constant(address.family());
    out.writeInt(address.port());
    constant(address.reach());
  }

  private void connection(FrozenConnection connection) throws IOException {
    descriptors.add(connection.downstream());
    origin(connection.origin());
    out.writeLong(connection.acceptedAtNanos());
    switch (connection.upstream()) {
      case FrozenConnection.Connecting connecting -> {
        out.writeByte(1);
        connect(connecting.connect());
      }
      case FrozenConnection.Relayed relayed -> {
        out.writeByte(2);
        descriptors.add(relayed.descriptor());
        leg(relayed.leg());
        out.writeUTF(relayed.note());
        direction(relayed.received());
        direction(relayed.sent());
      }
    }
  }

  private void origin(ConnectionOrigin origin) throws IOException {
    out.writeLong(origin.id());
    constant(origin.direction());
    constant(origin.mode());
    out.writeLong(origin.acceptedAtMicros());
    address(origin.client().socketAddress());
    address(
        origin.originalDestination() == null ? null : origin.originalDestination().socketAddress());
    constant(origin.reason());
  }

  private void connect(FrozenConnect connect) throws IOException {
    descriptors.add(connect.descriptor());
    out.writeInt(connect.attempts().size());
    for (UpstreamAttempt attempt : connect.attempts()) {
      address(attempt.endpoint().socketAddress());
      source(attempt.source());
      out.writeUTF(attempt.note());
    }
    out.writeUTF(connect.note());
    address(connect.source().socketAddress());
    out.writeLong(connect.ticksLeft());
  }

  private void source(UpstreamSource source) throws IOException {
    switch (source) {
      case UpstreamSource.ChosenByKernel _ -> out.writeByte(1);
      case UpstreamSource.Passthrough passthrough -> {
        out.writeByte(2);
        host(passthrough.address());
      }
      case UpstreamSource.Announced announced -> {
        out.writeByte(3);
        host(announced.address());
        address(announced.client().socketAddress());
      }
      case UpstreamSource.ClientHost host -> {
        out.writeByte(4);
        host(host.address());
        constant(host.ports());
      }
      case UpstreamSource.ClientItself itself -> {
        out.writeByte(5);
        address(itself.client().socketAddress());
      }
    }
  }

  private void leg(UpstreamLeg leg) throws IOException {
    address(leg.endpoint().socketAddress());
    LocalAddress source = leg.source();
    address(source == null ? null : source.socketAddress());
  }

  private void direction(FrozenDirection direction) throws IOException {
    out.writeLong(direction.totals().read());
    out.writeLong(direction.totals().written());
    out.writeLong(direction.totals().spliced());
    constant(direction.end());
    out.writeBoolean(direction.mistrusting());
    switch (direction.waiting()) {
      case FrozenDirection.Nothing _ -> out.writeByte(1);
      case FrozenDirection.InBuffer there -> {
        out.writeByte(2);
        out.writeLong(file.end());
        out.writeInt(there.length());
        file.append(there.buffer(), there.offset(), there.length());
      }
      case FrozenDirection.InPipe there -> {
        out.writeByte(3);
        out.writeInt(there.length());
        descriptors.add(there.pipe().readEnd());
        descriptors.add(there.pipe().writeEnd());
      }
      case FrozenDirection.InFile _ ->
          throw new IllegalStateException("a direction that was never resumed");
    }
  }

  private void constant(Enum<?> constant) throws IOException {
    out.writeUTF(constant.name());
  }

  private void address(@Nullable InetSocketAddress address) throws IOException {
    out.writeBoolean(address != null);
    if (address != null) {
      host(address.getAddress());
      out.writeInt(address.getPort());
    }
  }

  private void host(InetAddress host) throws IOException {
    byte[] raw = host.getAddress();
    out.writeByte(raw.length);
    out.write(raw);
    out.writeInt(host instanceof Inet6Address v6 ? v6.getScopeId() : 0);
  }
}
