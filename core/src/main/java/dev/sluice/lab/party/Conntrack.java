// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.process.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel's table of connections in one namespace, as {@code conntrack -L} prints it. */
public final class Conntrack {
  private static final Pattern TUPLE =
      Pattern.compile("dst=([0-9a-f.:]+) sport=(\\d+) dport=(\\d+) ");

  private Conntrack() {}

  /**
   * What the table holds about a connection and its service. Immutable.
   *
   * @param replyPort the port that the kernel answers the connection from: its own destination
   *     port, or the one that it was redirected to; {@code none} without an entry
   * @param destination where the connection has gone; {@code none} without an entry
   * @param destinations where connections to that port have gone, sorted, each once
   */
  public record Seen(String replyPort, String destination, List<String> destinations) {
    /** Nothing. */
    public static final Seen NOTHING = new Seen("none", "none", List.of());

    /** Copies. */
    public Seen {
      destinations = List.copyOf(destinations);
    }
  }

  /** Looks for the connection from one port to another, and for all to the latter. */
  public static Seen read(Path namespace, Family family, int localPort, int port)
      throws IOException {
    String output =
        Command.of(
                "conntrack",
                "-L",
                "-p",
                "tcp",
                "-f",
                family.text(),
                "--orig-port-dst",
                Integer.toString(port))
            .inNetworkNamespace(namespace)
            .run()
            .output();
    String replyPort = Seen.NOTHING.replyPort();
    String destination = Seen.NOTHING.destination();
    TreeSet<String> destinations = new TreeSet<>();
    for (String line : output.lines().toList()) {
      // The line holds the original tuple first and the reply's after it.
      Matcher tuple = TUPLE.matcher(line);
      if (tuple.find()) {
        String wentTo =
            Family.endpoint(
                InetAddress.ofLiteral(tuple.group(1)), Integer.parseInt(tuple.group(3)));
        destinations.add(wentTo);
        if (tuple.group(2).equals(Integer.toString(localPort)) && tuple.find()) {
          destination = wentTo;
          replyPort = tuple.group(2);
        }
      }
    }
    return new Seen(replyPort, destination, List.copyOf(destinations));
  }
}
