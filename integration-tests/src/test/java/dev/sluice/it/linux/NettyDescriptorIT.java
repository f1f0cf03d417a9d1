// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.TcpState;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Netty's own channels, asked and set through their descriptors. */
class NettyDescriptorIT {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final CompletableFuture<EpollSocketChannel> accepted = new CompletableFuture<>();

  @AfterEach
  void stop() throws InterruptedException {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void worksOnTheDescriptorsOfEpollChannels(String host) throws Exception {
    EpollServerSocketChannel listener = listen(host);
    EpollSocketChannel client = connect(listener.localAddress());
    EpollSocketChannel server = accepted.get(10, TimeUnit.SECONDS);
    int fd = server.fd().intValue();

    assertThat(Sockets.localAddress(fd)).isEqualTo(server.localAddress());
    assertThat(Sockets.peerAddress(fd)).isEqualTo(client.localAddress());
    assertThat(SocketOptions.cookie(fd)).isNotEqualTo(SocketOptions.cookie(client.fd().intValue()));
    assertThat(SocketOptions.netnsCookie(fd))
        .isEqualTo(SocketOptions.netnsCookie(listener.fd().intValue()));
    assertThat(SocketOptions.tcpInfo(fd).state()).isEqualTo(TcpState.ESTABLISHED);
    SocketOptions.setMark(fd, 1337);
    assertThat(SocketOptions.mark(fd)).isEqualTo(1337);
    SocketOptions.setTcpNoDelay(fd, true);
    assertThat(server.config().isTcpNoDelay()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void makesAChannelTransparentForBothFamiliesAtOnce(String host) throws Exception {
    EpollServerSocketChannel listener = listen(host);
    int fd = listener.fd().intValue();
    // Netty opens AF_INET6 sockets wherever IPv6 works, for IPv4 addresses too.
    AddressFamily family = AddressFamily.INET6;
    SocketOptions.setIpTransparent(fd, family, true);
    assertThat(SocketOptions.ipTransparent(fd, family)).isTrue();
    assertThat(SocketOptions.ipTransparent(fd, AddressFamily.INET)).isTrue();
  }

  private EpollServerSocketChannel listen(String host) throws InterruptedException {
    ChannelInitializer<Channel> keep =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            accepted.complete((EpollSocketChannel) channel);
          }
        };
    return (EpollServerSocketChannel)
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(keep)
            .bind(new InetSocketAddress(InetAddress.ofLiteral(host), 0))
            .sync()
            .channel();
  }

  private EpollSocketChannel connect(InetSocketAddress address) throws InterruptedException {
    return (EpollSocketChannel)
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(address)
            .sync()
            .channel();
  }
}
