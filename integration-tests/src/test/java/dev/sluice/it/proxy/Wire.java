// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.net.AddressText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One end of a connection, blocking. Its own address is remembered beyond its end. */
final class Wire implements AutoCloseable {
  private final SocketChannel channel;
  private final String local;

  Wire(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.local = AddressText.of((InetSocketAddress) channel.getLocalAddress());
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  /** How a stream ended, seen from here. */
  enum Ending {
    /** End of stream. */
    END,
    /** ECONNRESET. */
    RESET
  }

  /** This end's address, as logs write it. */
  String local() {
    return local;
  }

  SocketChannel channel() {
    return channel;
  }

  Wire send(byte... bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  /** Exactly {@code count} bytes; fails at an earlier end. */
  byte[] receive(int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new IOException(
            local + ": end of stream after " + buffer.position() + " of " + count + " bytes");
      }
    }
    return buffer.array();
  }

  /** Reads whatever comes until the stream ends, one way or the other. */
  Ending ending() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(65_536);
    try {
      while (channel.read(buffer.clear()) >= 0) {}
      return Ending.END;
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("reset")) {
        return Ending.RESET;
      }
      throw e;
    }
  }

  /** The peer reads the end of the stream. */
  Wire endOutput() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** Sends RST. */
  void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
