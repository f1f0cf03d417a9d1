// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel's table of connections in one namespace, as {@code conntrack -L} prints it. */
public final class Conntrack {
  private static final Pattern REPLY_PORT = Pattern.compile("sport=(\\d+) ");

  private Conntrack() {}

  /**
   * The port that the kernel answers from in the entry of a connection: its own destination port,
   * or the one that it was redirected to.
   *
   * @return the port as text, or {@code none} without such an entry
   */
  public static String replyPort(Path namespace, Family family, int localPort, int port)
      throws IOException {
    List<String> command =
        List.of(
            "conntrack",
            "-L",
            "-p",
            "tcp",
            "-f",
            family.text(),
            "--orig-port-src",
            Integer.toString(localPort),
            "--orig-port-dst",
            Integer.toString(port));
    String output =
        Command.of(command.toArray(String[]::new)).inNetworkNamespace(namespace).run().output();
    Matcher matcher = REPLY_PORT.matcher(output.lines().findFirst().orElse(""));
    // The line holds the original tuple first and the reply's after it.
    String port2 = "none";
    while (matcher.find()) {
      port2 = matcher.group(1);
    }
    return port2;
  }
}
