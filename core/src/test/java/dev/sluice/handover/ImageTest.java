// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.NativeBuffer;
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
import dev.sluice.relay.FrozenDirection.End;
import dev.sluice.relay.FrozenDirection.Totals;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.upstream.FrozenConnect;
import dev.sluice.upstream.UpstreamAttempt;
import dev.sluice.upstream.UpstreamSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ImageTest {
  private static final ClientAddress CLIENT = new ClientAddress(address("2001:db8::1", 4711));
  private static final FrozenDirection IDLE =
      new FrozenDirection(new Totals(7, 6, 5), End.OPEN, false, new FrozenDirection.Nothing());

  private final MemoryFile file = MemoryFile.create("test");

  ImageTest() throws Exception {}

  @AfterEach
  void close() throws Exception {
    file.close();
  }

  /** A descriptor of its own for everything, given as itself to the reader. */
  @Test
  void readsEverythingThatWasWritten() throws Exception {
    FrozenProxy proxy =
        new FrozenProxy(
            99,
            OptionalInt.of(descriptor()),
            List.of(listener(Direction.INBOUND, AddressFamily.INET6)),
            List.of(connecting(), relayed(IDLE, IDLE)));
    assertThat(readBack(proxy, 0)).isEqualTo(proxy);
  }

  @Test
  void keepsTheBytesThatWaitInMemory() throws Exception {
    try (NativeBuffer buffer = NativeBuffer.allocate(16)) {
      buffer.put(4, new byte[] {1, 2, 3});
      FrozenDirection ended =
          new FrozenDirection(
              new Totals(10, 7, 0), End.READ, true, new FrozenDirection.InBuffer(buffer, 4, 3));
      file.append(new byte[5]);
      FrozenConnection.Relayed read =
          (FrozenConnection.Relayed)
              readBack(proxy(relayed(ended, IDLE)), 0).connections().getFirst().upstream();
      assertThat(read.received().end()).isEqualTo(End.READ);
      assertThat(read.received().mistrusting()).isTrue();
      FrozenDirection.InFile there = (FrozenDirection.InFile) read.received().waiting();
      assertThat(there.file().read(there.place(), there.length())).containsExactly(1, 2, 3);
    }
  }

  @Test
  void keepsAPipeWithItsContent() throws Exception {
    SplicePipe pipe = SplicePipe.open(4096);
    FrozenDirection piped =
        new FrozenDirection(
            new Totals(10, 7, 7), End.OPEN, false, new FrozenDirection.InPipe(pipe, 3));
    FrozenConnection.Relayed read =
        (FrozenConnection.Relayed)
            readBack(proxy(relayed(IDLE, piped)), 0).connections().getFirst().upstream();
    FrozenDirection.InPipe there = (FrozenDirection.InPipe) read.sent().waiting();
    assertThat(there.length()).isEqualTo(3);
    assertThat(there.pipe().readEnd()).isEqualTo(pipe.readEnd());
    assertThat(there.pipe().writeEnd()).isEqualTo(pipe.writeEnd());
    there.pipe().close();
  }

  @Test
  void leavesOutAndClosesWhatIsIncomplete() throws Exception {
    FrozenConnection whole = relayed(IDLE, IDLE);
    FrozenConnection half = relayed(IDLE, IDLE);
    FrozenProxy proxy = new FrozenProxy(1, OptionalInt.empty(), List.of(), List.of(whole, half));
    assertThat(readBack(proxy, 1).connections()).containsExactly(whole);
    assertThat(Sockets.close(half.downstream())).as("closed already").isNegative();
  }

  @Test
  void saysWhatIsNoImage() throws Exception {
    byte[] image = new byte[50];
    image[12] = 1; // One listener, of no direction.
    FileDescriptor one = FileDescriptor.owning(descriptor());
    assertThatThrownBy(() -> ImageReader.read(file, image, List.of(one)))
        .isInstanceOf(IOException.class)
        .hasMessage("an image with '' for a Direction");
  }

  private FrozenProxy readBack(FrozenProxy proxy, int missing) throws Exception {
    ImageWriter.Written written = ImageWriter.write(proxy, file);
    List<FileDescriptor> descriptors =
        written.descriptors().stream()
            .limit(written.descriptors().size() - missing)
            .map(FileDescriptor::owning)
            .toList();
    return ImageReader.read(file, file.read(written.at(), written.length()), descriptors);
  }

  private FrozenProxy proxy(FrozenConnection connection) {
    return new FrozenProxy(1, OptionalInt.empty(), List.of(), List.of(connection));
  }

  private FrozenProxy.FrozenListener listener(Direction direction, AddressFamily family) {
    return new FrozenProxy.FrozenListener(
        new ListenAddress(direction, family, 15_006, ListenAddress.Reach.FOREIGN_ADDRESSES),
        descriptor());
  }

  private FrozenConnection connecting() {
    EndpointAddress endpoint = new EndpointAddress(address("10.0.0.1", 80));
    InetAddress host = InetAddress.ofLiteral("127.0.0.6");
    List<UpstreamAttempt> attempts =
        List.of(
            new UpstreamAttempt(endpoint, new UpstreamSource.ChosenByKernel(), "a"),
            new UpstreamAttempt(endpoint, new UpstreamSource.Passthrough(host), ""),
            new UpstreamAttempt(endpoint, new UpstreamSource.Announced(host, CLIENT), ""),
            new UpstreamAttempt(
                endpoint,
                new UpstreamSource.ClientHost(host, UpstreamSource.ClientHost.Ports.APART),
                ""),
            new UpstreamAttempt(endpoint, new UpstreamSource.ClientItself(CLIENT), "b"));
    return new FrozenConnection(
        origin(null),
        123,
        descriptor(),
        new FrozenConnection.Connecting(
            new FrozenConnect(
                attempts,
                "tried before",
                descriptor(),
                new LocalAddress(address("10.0.0.9", 5)),
                17)));
  }

  private FrozenConnection relayed(FrozenDirection received, FrozenDirection sent) {
    UpstreamLeg leg =
        new UpstreamLeg(
            new EndpointAddress(address("2001:db8::7", 80)),
            new LocalAddress(address("2001:db8::8", 81)));
    return new FrozenConnection(
        origin(new OriginalDestination(address("10.96.0.1", 443))),
        456,
        descriptor(),
        new FrozenConnection.Relayed(leg, "note", descriptor(), received, sent));
  }

  private static ConnectionOrigin origin(@Nullable OriginalDestination destination) {
    return new ConnectionOrigin(
        5,
        Direction.OUTBOUND,
        InterceptionMode.TPROXY,
        1_700_000_000_000_000L,
        CLIENT,
        destination,
        PathReason.NO_SERVICE);
  }

  /** Open, and closed by whoever reads the image, or by nobody. */
  private int descriptor() {
    return Sockets.duplicate(file.number());
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
