// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.SplicePipe;
import dev.sluice.listener.ListenAddress;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.LocalAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.relay.FrozenConnection;
import dev.sluice.relay.FrozenDirection;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.FrozenConnect;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ImageWriter} wrote, and puts the descriptors in their places. If fewer came
 * than belong to it, what is complete is read and the rest left out. Confined to one thread.
 */
final class ImageReader {
  private final MemoryFile file;
  private final DataInputStream in;
  private final Iterator<FileDescriptor> descriptors;

  /** Those of what is being read. */
  private final List<Integer> incomplete = new ArrayList<>();

  private ImageReader(MemoryFile file, byte[] image, Iterator<FileDescriptor> descriptors) {
    this.file = file;
    this.in = new DataInputStream(new ByteArrayInputStream(image));
    this.descriptors = descriptors;
  }

  /**
   * The proxy of {@code image}. Descriptors that it has are whoever's it is from now on; the others
   * stay the caller's.
   *
   * @param file with the bytes that wait, to which the proxy refers
   * @throws IOException if it is no image
   */
  static FrozenProxy read(MemoryFile file, byte[] image, List<FileDescriptor> descriptors)
      throws IOException {
    return new ImageReader(file, image, descriptors.iterator()).proxy();
  }

  private FrozenProxy proxy() throws IOException {
    List<FrozenProxy.FrozenListener> listeners = new ArrayList<>();
    List<FrozenConnection> connections = new ArrayList<>();
    OptionalInt link = OptionalInt.empty();
    long lastId = in.readLong();
    try {
      if (in.readBoolean()) {
        link = OptionalInt.of(descriptor());
        incomplete.clear();
      }
      int listening = in.readInt();
      for (int i = 0; i < listening; i++) {
        int descriptor = descriptor();
        listeners.add(new FrozenProxy.FrozenListener(listenAddress(), descriptor));
        incomplete.clear();
      }
      int open = in.readInt();
      for (int i = 0; i < open; i++) {
        connections.add(connection());
        incomplete.clear();
      }
    } catch (NoSuchElementException e) {
      // The sender ended while it sent: what hasn't come is lost with it.
      incomplete.forEach(Sockets::close);
    }
    return new FrozenProxy(lastId, link, listeners, connections);
  }

  private ListenAddress listenAddress() throws IOException {
    return new ListenAddress(
        constant(Direction.class),
        constant(AddressFamily.class),
        in.readInt(),
        constant(ListenAddress.Reach.class));
  }

  private FrozenConnection connection() throws IOException {
    int downstream = descriptor();
    ConnectionOrigin origin = origin();
    long acceptedAtNanos = in.readLong();
    int kind = in.readUnsignedByte();
    FrozenConnection.Upstream upstream =
        switch (kind) {
          case 1 -> new FrozenConnection.Connecting(connect());
          case 2 -> relayed();
          default -> throw unknown("upstream", kind);
        };
    return new FrozenConnection(origin, acceptedAtNanos, downstream, upstream);
  }

  private ConnectionOrigin origin() throws IOException {
    long id = in.readLong();
    Direction direction = constant(Direction.class);
    InterceptionMode mode = constant(InterceptionMode.class);
    long acceptedAtMicros = in.readLong();
    ClientAddress client = new ClientAddress(address());
    InetSocketAddress destination = addressIfAny();
    return new ConnectionOrigin(
        id,
        direction,
        mode,
        acceptedAtMicros,
        client,
        destination == null ? null : new OriginalDestination(destination),
        constant(PathReason.class));
  }

  private FrozenConnect connect() throws IOException {
    int descriptor = descriptor();
    int count = in.readInt();
    List<UpstreamAttempt> attempts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      attempts.add(new UpstreamAttempt(new EndpointAddress(address()), source(), in.readUTF()));
    }
    return new FrozenConnect(
        attempts, in.readUTF(), descriptor, new LocalAddress(address()), in.readLong());
  }

  private UpstreamSource source() throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case 1 -> new UpstreamSource.ChosenByKernel();
      case 2 -> new UpstreamSource.Passthrough(host());
      case 3 -> new UpstreamSource.Announced(host(), new ClientAddress(address()));
      case 4 ->
          new UpstreamSource.ClientHost(host(), constant(UpstreamSource.ClientHost.Ports.class));
      case 5 -> new UpstreamSource.ClientItself(new ClientAddress(address()));
      default -> throw unknown("source", kind);
    };
  }

  private FrozenConnection.Relayed relayed() throws IOException {
    int descriptor = descriptor();
    EndpointAddress endpoint = new EndpointAddress(address());
    InetSocketAddress source = addressIfAny();
    UpstreamLeg leg = new UpstreamLeg(endpoint, source == null ? null : new LocalAddress(source));
    return new FrozenConnection.Relayed(leg, in.readUTF(), descriptor, direction(), direction());
  }

  private FrozenDirection direction() throws IOException {
    return new FrozenDirection(
        new FrozenDirection.Totals(in.readLong(), in.readLong(), in.readLong()),
        constant(FrozenDirection.End.class),
        in.readBoolean(),
        waiting());
  }

  private FrozenDirection.Waiting waiting() throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case 1 -> new FrozenDirection.Nothing();
      case 2 -> new FrozenDirection.InFile(file, in.readLong(), in.readInt());
      case 3 -> {
        int length = in.readInt();
        FileDescriptor readEnd = FileDescriptor.owning(descriptor());
        FileDescriptor writeEnd = FileDescriptor.owning(descriptor());
        yield new FrozenDirection.InPipe(SplicePipe.owning(readEnd, writeEnd), length);
      }
      default -> throw unknown("waiting", kind);
    };
  }

  private int descriptor() {
    int number = descriptors.next().release();
    incomplete.add(number);
    return number;
  }

  private <E extends Enum<E>> E constant(Class<E> type) throws IOException {
    String name = in.readUTF();
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new IOException("an image with '" + name + "' for a " + type.getSimpleName(), e);
    }
  }

  private InetSocketAddress address() throws IOException {
    return Objects.requireNonNull(addressIfAny(), "the writer always has this address");
  }

  private @Nullable InetSocketAddress addressIfAny() throws IOException {
    return in.readBoolean() ? new InetSocketAddress(host(), in.readInt()) : null;
  }

  private InetAddress host() throws IOException {
    byte[] raw = in.readNBytes(in.readUnsignedByte());
    int scope = in.readInt();
    return scope == 0 ? InetAddress.getByAddress(raw) : Inet6Address.getByAddress(null, raw, scope);
  }

  private static IOException unknown(String what, int kind) {
    return new IOException("an image with the kind " + kind + " of " + what);
  }
}
