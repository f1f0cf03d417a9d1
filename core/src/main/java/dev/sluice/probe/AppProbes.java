// SPDX-License-Identifier: Apache-2.0
package dev.sluice.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ports of the pod's applications that are asked whether somebody listens. Asked from here, by
 * the proxy's own user, a connection isn't captured, so it is the application that accepts it.
 * Immutable.
 */
public final class AppProbes {
  private static final String PATH = "/app-health/";
  private static final List<String> LOOPBACKS = List.of("127.0.0.1", "::1");

  private final Map<String, Integer> ports;

  private AppProbes(Map<String, Integer> ports) {
    this.ports = Map.copyOf(ports);
  }

  /**
   * Reads {@code container/kind=port}.
   *
   * @throws IllegalArgumentException if one is no such thing, or is there twice
   */
  public static AppProbes parse(List<String> texts) {
    Map<String, Integer> ports = new HashMap<>();
    for (String text : texts) {
      int equals = text.lastIndexOf('=');
      String port = text.substring(equals + 1);
      if (equals < 1 || !port.matches("[0-9]{1,5}") || !isPort(Integer.parseInt(port))) {
        throw new IllegalArgumentException(
            "'" + text + "'; expected NAME=PORT with a port of 1 to 65535");
      }
      if (ports.put(text.substring(0, equals), Integer.parseInt(port)) != null) {
        throw new IllegalArgumentException("'" + text + "' is a second one of that name");
      }
    }
    return new AppProbes(ports);
  }

  private static boolean isPort(int number) {
    return number >= 1 && number <= 65_535;
  }

  /**
   * The status of an HTTP answer: 200 if the application accepts a connection on 127.0.0.1 or ::1,
   * 503 if it doesn't, 404 if the path stands for no probe. Blocks for {@code patience} at most,
   * for each address.
   */
  public int answer(String path, Duration patience) {
    if (!path.startsWith(PATH) || !ports.containsKey(path.substring(PATH.length()))) {
      return 404;
    }
    int port = ports.getOrDefault(path.substring(PATH.length()), 0);
    return LOOPBACKS.stream().anyMatch(address -> accepts(address, port, patience)) ? 200 : 503;
  }

  private static boolean accepts(String address, int port, Duration patience) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(literal(address), port), Math.toIntExact(patience.toMillis()));
      return true;
    } catch (IOException e) {
      return false; // That is the answer.
    }
  }

  private static InetAddress literal(String address) throws UnknownHostException {
    return InetAddress.getByName(address);
  }
}
