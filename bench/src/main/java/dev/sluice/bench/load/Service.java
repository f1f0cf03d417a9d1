// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

/**
 * What is served behind the proxies. Each service has a port, and a source address that its clients
 * bind to: a proxy that can't learn the original destination, as nginx behind REDIRECT, tells them
 * apart by that.
 */
public enum Service {
  /** nginx, for wrk. wrk can't choose its address: this is the pod's first one. */
  HTTP(8080, 2),
  /** iperf3. */
  STREAM(5201, 3),
  /** Sends back what comes. */
  ECHO(7000, 4),
  /** Sends {@link LoadServer#GREETING_BYTES} at once, and closes. */
  GREETING(7001, 5),
  /** Reads to the end of the stream, then answers with its length and checksum, and closes. */
  DIGEST(7002, 6),
  /** Sends {@link LoadServer#DUPLEX_BYTES} while it reads to the end, then as {@link #DIGEST}. */
  DUPLEX(7003, 7),
  /** Reads a byte and resets the connection. */
  RESET(7004, 8),
  /** As {@link #DIGEST}, but reads nothing for a while, and slowly after it. */
  SLOW(7005, 9);

  private final int port;
  private final int clientHost;

  Service(int port, int clientHost) {
    this.port = port;
    this.clientHost = clientHost;
  }

  /** Below 20000, where no client's own port is. */
  public int port() {
    return port;
  }

  /** The last part of the address that its clients have in each pod. */
  public int clientHost() {
    return clientHost;
  }
}
