// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * One load on one service, or the checks of all of them: {@code ping FROM TO CONNECTIONS MILLIS},
 * {@code rate FROM TO CONNECTIONS MILLIS PER-SECOND}, {@code idle FROM TO CONNECTIONS}, {@code
 * crowd FROM TO CONNECTIONS}, {@code check FROM TO}, {@code first-byte FROM TO SECONDS} and {@code
 * first-second FROM TO CONNECTIONS PER-SECOND}. FROM and TO are IP addresses; the last part of FROM
 * is replaced by that of each service. The last line on standard output is the result; ends with 1
 * and a line on standard error if it fails.
 */
public final class LoadClient {
  private LoadClient() {}

  /** See above. */
  public static void main(String[] arguments) {
    try {
      System.out.println(run(arguments));
      System.exit(0);
    } catch (Exception e) {
      System.err.println("load client: " + String.join(" ", arguments) + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static String run(String[] arguments) throws Exception {
    String from = arguments[1];
    InetAddress to = InetAddress.ofLiteral(arguments[2]);
    return switch (arguments[0]) {
      case "ping" -> exchange(arguments).asFastAsPossible().line();
      case "rate" -> exchange(arguments).atRate(Integer.parseInt(arguments[5])).line();
      case "idle" -> {
        IdleConnections.hold(
            source(from, Service.HTTP), target(to, Service.HTTP), Integer.parseInt(arguments[3]));
        yield "";
      }
      case "crowd" -> {
        Crowd.run(
            source(from, Service.HTTP), target(to, Service.HTTP), Integer.parseInt(arguments[3]));
        yield "";
      }
      case "check" -> new CorrectnessCheck(from, to).run();
      case "first-byte" -> {
        System.out.println(FirstByte.WAITING);
        yield Long.toString(
            FirstByte.await(
                source(from, Service.GREETING),
                target(to, Service.GREETING),
                Integer.parseInt(arguments[3])));
      }
      case "first-second" ->
          new FirstSecond(
                  source(from, Service.GREETING),
                  target(to, Service.GREETING),
                  source(from, Service.ECHO),
                  target(to, Service.ECHO))
              .run(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]))
              .line();
      default ->
          throw new IOException(
              "no such load; expected ping, rate, idle, crowd, check, first-byte, first-second");
    };
  }

  private static Exchange exchange(String[] arguments) {
    return new Exchange(
        source(arguments[1], Service.ECHO),
        target(InetAddress.ofLiteral(arguments[2]), Service.ECHO),
        Integer.parseInt(arguments[3]),
        Long.parseLong(arguments[4]));
  }

  /** The address that clients of {@code service} have in the pod of {@code pod}, with any port. */
  static InetSocketAddress source(String pod, Service service) {
    int end = Math.max(pod.lastIndexOf('.'), pod.lastIndexOf(':')) + 1;
    return new InetSocketAddress(
        InetAddress.ofLiteral(pod.substring(0, end) + service.clientHost()), 0);
  }

  static InetSocketAddress target(InetAddress server, Service service) {
    return new InetSocketAddress(server, service.port());
  }
}
