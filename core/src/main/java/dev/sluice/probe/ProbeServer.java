// SPDX-License-Identifier: Apache-2.0
package dev.sluice.probe;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Answers {@code GET /app-health/NAME} on a port of its own, one request a connection. Bounded: so
 * many at once, so many bytes, so much time. Close it from any thread.
 */
public final class ProbeServer implements AutoCloseable {
  private static final int MOST_AT_ONCE = 32;
  private static final int MOST_BYTES = 4096;
  private static final int BACKLOG = 64;
  private static final Duration BACK_OFF = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ServerSocket listener;
  private final AppProbes probes;
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  private ProbeServer(ServerSocket listener, AppProbes probes) {
    this.listener = listener;
    this.probes = probes;
  }

  /**
   * Listens on all addresses, of both families where there are both.
   *
   * @param port 1 to 65535, or 0 for any that is free
   * @throws IOException if the port can't be had; the message names it
   */
  public static ProbeServer start(int port, AppProbes probes) throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      // For the proxy that takes over from this one: both answer for a moment.
      listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      listener.bind(new InetSocketAddress(port), BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw new IOException(
          "cannot listen on port "
              + port
              + " (probes): "
              + e.getMessage()
              + "; expected a free port",
          e);
    }
    ProbeServer server = new ProbeServer(listener, probes);
    Thread.ofVirtual().name("sluice-probes").start(server::accept);
    return server;
  }

  /** Where it listens. */
  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket asker = listener.accept();
        if (places.tryAcquire()) {
          Thread.ofVirtual().start(() -> serve(asker));
        } else {
          asker.close();
        }
      } catch (IOException e) {
        // Closed, which the loop sees, or out of descriptors, which passes.
        LockSupport.parkNanos(BACK_OFF.toNanos());
      }
    }
  }

  private void serve(Socket asker) {
    try (asker) {
      asker.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
      String line = requestLine(asker.getInputStream());
      String answer =
          "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".formatted(status(line));
      asker.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // Who asked has gone or is too slow: there is nobody to tell.
    } finally {
      places.release();
    }
  }

  private String status(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      return "400 Bad Request";
    }
    if (!words[0].equals("GET")) {
      return "405 Method Not Allowed\r\nAllow: GET";
    }
    return switch (probes.answer(words[1], PATIENCE)) {
      case 200 -> "200 OK";
      case 404 -> "404 Not Found";
      default -> "503 Service Unavailable";
    };
  }

  /** The first line of a head that is read to its end; empty if it is too long or late. */
  private static String requestLine(InputStream in) throws IOException {
    long late = System.nanoTime() + PATIENCE.toNanos();
    byte[] head = new byte[MOST_BYTES];
    int length = 0;
    while (length < head.length && System.nanoTime() < late) {
      int read = in.read(head, length, head.length - length);
      if (read < 0) {
        break;
      }
      length += read;
      String text = new String(head, 0, length, StandardCharsets.ISO_8859_1);
      if (text.contains("\r\n\r\n")) {
        return text.substring(0, text.indexOf("\r\n"));
      }
    }
    return "";
  }
}
