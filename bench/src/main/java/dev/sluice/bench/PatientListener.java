// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A listener whose connections wait in the kernel until they are counted: nobody accepts while they
 * are made, so that no other thread takes part in what is measured. Confined to one thread at a
 * time; owns its descriptor.
 */
final class PatientListener implements Closeable {
  /** How many may wait: {@code net.core.somaxconn} is at least that in every namespace. */
  static final int MOST = 4_000;

  private final int descriptor;
  private final InetSocketAddress address;

  private PatientListener(int descriptor, InetSocketAddress address) {
    this.descriptor = descriptor;
    this.address = address;
  }

  /** On a port of the calling thread's 127.0.0.1, 0 for any. */
  static PatientListener on(int port) throws SyscallException {
    return open(port, false);
  }

  /** One that TPROXY may hand connections to other addresses to. */
  static PatientListener transparentOn(int port) throws SyscallException {
    return open(port, true);
  }

  private static PatientListener open(int port, boolean transparent) throws SyscallException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    int descriptor = Sockets.openStream(AddressFamily.INET);
    try {
      if (transparent) {
        SocketOptions.setIpTransparent(descriptor, AddressFamily.INET, true);
      }
      Sockets.bind(descriptor, AddressFamily.INET, new InetSocketAddress(loopback, port));
      Sockets.listen(descriptor, MOST);
      return new PatientListener(descriptor, Sockets.localAddress(descriptor));
    } catch (SyscallException e) {
      Sockets.close(descriptor);
      throw e;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /**
   * Takes the connections that wait.
   *
   * @throws IOException if they are not {@code expected}
   */
  void takeAll(int expected) throws IOException {
    PeerAddress peer = new PeerAddress();
    int taken = 0;
    for (int next = Sockets.accept(descriptor, peer); next >= 0; ) {
      Sockets.close(next);
      taken++;
      next = Sockets.accept(descriptor, peer);
    }
    if (taken != expected) {
      throw new IOException(
          "counting connections at " + address + ": " + taken + "; expected " + expected);
    }
  }

  @Override
  public void close() {
    Sockets.close(descriptor);
  }
}
