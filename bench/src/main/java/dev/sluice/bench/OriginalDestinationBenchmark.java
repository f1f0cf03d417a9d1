// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Asking conntrack where a connection was going: our FFM binding against Netty's raw channel
 * option, both ending in an address. {@code local} is the same work without conntrack, as TPROXY
 * needs it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@SuppressWarnings("NullAway.Init") // JMH sets the fields in setUp
public class OriginalDestinationBenchmark {
  private static final int SOL_IP = 0;
  private static final int SOL_IPV6 = 41;
  private static final int ORIGINAL_DST = 80;
  private static final int SOCKADDR_IN_BYTES = 16;
  private static final int SOCKADDR_IN6_BYTES = 28;

  /** Which family the connection is of. */
  @Param({"INET", "INET6"})
  public AddressFamily family;

  private BenchNamespace namespace;
  private RedirectedConnection connection;
  private EpollSocketChannel nettyChannel;
  private RawUnixChannelOption nettyOption;

  /** Makes a redirected connection, and lets both ways prove that they find where it was going. */
  @Setup
  public void setUp() throws Exception {
    Epoll.ensureAvailability();
    boolean v4 = family == AddressFamily.INET;
    InetAddress loopback = InetAddress.ofLiteral(v4 ? "127.0.0.1" : "::1");
    namespace = BenchNamespace.redirecting().removedAtExit();
    connection = namespace.call(() -> RedirectedConnection.open(loopback));
    nettyOption =
        v4
            ? new RawUnixChannelOption("SO_ORIGINAL_DST", SOL_IP, ORIGINAL_DST, SOCKADDR_IN_BYTES)
            : new RawUnixChannelOption(
                "IP6T_SO_ORIGINAL_DST", SOL_IPV6, ORIGINAL_DST, SOCKADDR_IN6_BYTES);
    nettyChannel = new EpollSocketChannel(Sockets.duplicate(connection.accepted()));
    InetSocketAddress expected = new InetSocketAddress(loopback, BenchNamespace.DIALLED);
    if (!ffm().equals(expected) || !nettyRawOption().equals(expected)) {
      throw new IllegalStateException(
          "found " + ffm() + " and " + nettyRawOption() + "; expected " + expected);
    }
  }

  /** Closes what {@link #setUp} made. */
  @TearDown
  public void tearDown() throws Exception {
    nettyChannel.unsafe().closeForcibly();
    connection.close();
    namespace.close();
  }

  /** The product's way. */
  @Benchmark
  public InetSocketAddress ffm() throws SyscallException {
    return SocketOptions.originalDestination(connection.accepted(), family);
  }

  /** {@code getsockname(2)} through the same binding. */
  @Benchmark
  public InetSocketAddress local() throws SyscallException {
    return Sockets.localAddress(connection.accepted());
  }

  /** Netty's JNI call, which gives raw bytes, and the decoding that its user has to write. */
  @Benchmark
  public InetSocketAddress nettyRawOption() throws UnknownHostException {
    ByteBuffer raw = nettyChannel.config().getOption(nettyOption);
    boolean v4 = family == AddressFamily.INET;
    byte[] address = new byte[v4 ? 4 : 16];
    raw.get(v4 ? 4 : 8, address);
    int port = ((raw.get(2) & 0xff) << 8) | (raw.get(3) & 0xff);
    return new InetSocketAddress(InetAddress.getByAddress(address), port);
  }
}
