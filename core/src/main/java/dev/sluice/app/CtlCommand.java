// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice ctl}. */
@Command(
    name = "ctl",
    description = {
      "Asks a running proxy over its socket, and prints what it answers.",
      "Example: sluice ctl connections",
      "Example: sluice ctl --admin-socket /run/sluice/4026531840/admin.sock drain"
    },
    mixinStandardHelpOptions = true)
final class CtlCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice ctl: ";
  private static final long PROXY_USER = 1337;

  @Parameters(paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}.")
  private Question question = Question.CONFIG;

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description = "The proxy's socket (default: that of the proxy in this network namespace).")
  private @Nullable Path socket;

  /** What can be asked. */
  enum Question {
    CONFIG("GET /config_dump"),
    CLUSTERS("GET /clusters"),
    LISTENERS("GET /listeners"),
    CONNECTIONS("GET /connections"),
    STATS("GET /stats"),
    READY("GET /ready"),
    LOGGING("GET /logging"),
    REOPEN("POST /logging?access_log=reopen"),
    DRAIN("POST /drain"),
    QUIT("POST /quitquitquit");

    private final String line;

    Question(String line) {
      this.line = line;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() {
    try {
      Path path = socket == null ? usual() : socket;
      return answer(path);
    } catch (IOException e) {
      System.err.println(PREFIX + e.getMessage());
      return 1;
    }
  }

  private static Path usual() throws IOException {
    List<Path> places = ControlFolder.adminSockets(ProcessImage.user(), PROXY_USER);
    for (Path place : places) {
      if (Files.exists(place)) {
        return place;
      }
    }
    throw new IOException(
        "no proxy has its socket at one of "
            + places
            + "; expected one in this network namespace, or --admin-socket PATH");
  }

  private int answer(Path path) throws IOException {
    String response = ask(path);
    int end = response.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException(
          "asking the proxy at "
              + path
              + ": it closed without an answer; expected to be root, its user, or of its group");
    }
    String body = response.substring(end + 4);
    if (response.startsWith("HTTP/1.1 200 ")) {
      System.out.print(body);
      System.out.flush();
      return 0;
    }
    throw new IOException(
        "the proxy at " + path + " says: " + response.substring(9, 12) + " " + body.strip());
  }

  private String ask(Path path) throws IOException {
    try {
      return AdminClient.ask(path, question.line + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    } catch (IOException e) {
      throw new IOException(
          "asking the proxy at "
              + path
              + ": "
              + e.getMessage()
              + "; expected a proxy that listens there and"
              + " the right to write to it",
          e);
    }
  }
}
