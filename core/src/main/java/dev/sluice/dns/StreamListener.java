// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * Answers by TCP, the questions of one connection in their order (<a
 * href="https://datatracker.ietf.org/doc/html/rfc7766#section-6">RFC 7766 section 6</a>). One
 * thread accepts; each connection has its own. Closing it ends all of them.
 */
final class StreamListener implements AutoCloseable {
  /** Open at once; one more ends the oldest, so that clients that never read can't fill it up. */
  static final int MOST_CONNECTIONS = 64;

  private static final int BACKLOG = 128;
  private static final long PAUSE_MILLIS = 50;

  private final ServerSocket listener;
  private final Resolution resolution;
  private final Executor threads;
  private final RateLimitedLog complaints;
  private final ArrayDeque<Socket> connections = new ArrayDeque<>();

  private StreamListener(
      ServerSocket listener, Resolution resolution, Executor threads, RateLimitedLog complaints) {
    this.listener = listener;
    this.resolution = resolution;
    this.threads = threads;
    this.complaints = complaints;
  }

  static StreamListener open(
      InetSocketAddress address, Resolution resolution, Executor threads, RateLimitedLog complaints)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      // For the proxy that takes over from this one: both answer for a moment.
      listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      listener.bind(address, BACKLOG);
      return new StreamListener(listener, resolution, threads, complaints);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /** Accepts until it is closed. */
  void run() {
    while (!listener.isClosed()) {
      try {
        Socket accepted = listener.accept();
        add(accepted);
        threads.execute(() -> serve(accepted));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          complaints.say("dns_accept", "accepting questions by TCP: " + e.getMessage());
          pause();
        }
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      new StreamConnection(connection, resolution).run();
    } catch (IOException e) {
      // The client went away, was silent for too long, or had to make room.
    } finally {
      remove(connection);
    }
  }

  private synchronized void add(Socket connection) throws IOException {
    if (listener.isClosed()) {
      connection.close();
      return;
    }
    connections.addLast(connection);
    if (connections.size() > MOST_CONNECTIONS) {
      connections.removeFirst().close();
    }
  }

  private synchronized void remove(Socket connection) {
    connections.remove(connection);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    listener.close();
    while (!connections.isEmpty()) {
      connections.removeFirst().close();
    }
  }
}
