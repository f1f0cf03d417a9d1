// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice ctl}. */
@Command(
    name = "ctl",
    description = {
      "Asks a running proxy over its socket, and prints what it answers. follow prints each"
          + " connection when it ends, as JSON, until the proxy or this command is ended.",
      "Example: sluice ctl connections",
      "Example: sluice ctl --json ready",
      "Example: sluice ctl --admin-socket /run/sluice/4026531840/admin.sock drain"
    },
    mixinStandardHelpOptions = true)
final class CtlCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice ctl: ";
  private static final Pattern ANSWER = Pattern.compile("HTTP/1\\.1 [1-5][0-9]{2} ");

  @Parameters(paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}.")
  private Question question = Question.CONFIG;

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description =
          "The proxy's socket (default: that of the proxy in this network namespace that root, this"
              + " user or, for root, user 1337 runs).")
  private @Nullable Path socket;

  @Option(
      names = "--json",
      description =
          "Prints a JSON object also where the proxy answers in words: status, as HTTP has it, and"
              + " text.")
  private boolean json;

  /** What can be asked. */
  enum Question {
    CONFIG("GET /config_dump"),
    CLUSTERS("GET /clusters"),
    LISTENERS("GET /listeners"),
    CONNECTIONS("GET /connections"),
    STATS("GET /stats"),
    READY("GET /ready"),
    LOGGING("GET /logging"),
    FOLLOW(""),
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
      return question == Question.FOLLOW ? follow(path) : answer(path);
    } catch (IOException e) {
      System.err.println(PREFIX + VisibleOutput.of(String.valueOf(e.getMessage())));
      return 1;
    }
  }

  /** That of the only proxy that this user trusts. */
  private static Path usual() throws IOException {
    ControlSearch.Found found = ControlFolder.adminSockets(ProcessImage.user());
    found.refused().forEach(line -> System.err.println(PREFIX + line));
    if (found.served().size() == 1) {
      return found.served().getFirst();
    }
    throw new IOException(
        found.served().isEmpty()
            ? "no proxy of this network namespace answers at "
                + found.places()
                + (found.others().isEmpty()
                    ? ""
                    : "; other users have sockets at " + found.others())
                + "; expected one, or --admin-socket PATH"
            : "several proxies are in this network namespace, at "
                + found.served()
                + "; expected --admin-socket with one of them");
  }

  /** Ends when the proxy does, or at SIGINT. */
  private static int follow(Path admin) throws IOException {
    Path log = admin.resolveSibling(AdminServer.ACCESS_LOG_SOCKET);
    try {
      AdminClient.copy(log, VisibleOutput.standard());
      return 0;
    } catch (IOException e) {
      throw refusal(log, e);
    }
  }

  private int answer(Path path) throws IOException {
    String response = ask(path);
    int end = response.indexOf("\r\n\r\n");
    if (end < 0 || !ANSWER.matcher(response).lookingAt()) {
      throw new IOException(
          "asking the proxy at "
              + path
              + ": it closed without an answer; expected to be root, its user, or of its group");
    }
    String body = response.substring(end + 4);
    String status = response.substring(9, 12);
    boolean done = status.equals("200");
    if (json && !response.substring(0, end).contains("\r\nContent-Type: application/json")) {
      System.out.print(object(status, body));
    } else if (done) {
      System.out.print(VisibleOutput.isTerminal() ? VisibleOutput.of(body) : body);
    } else {
      throw new IOException("the proxy at " + path + " says: " + status + " " + body.strip());
    }
    System.out.flush();
    return done ? 0 : 1;
  }

  /** An answer in words, for a program. */
  static String object(String status, String body) {
    return JsonText.of(
        to -> {
          to.writeStartObject();
          to.writeNumberProperty("status", Integer.parseInt(status));
          to.writeStringProperty("text", body.strip());
          to.writeEndObject();
        });
  }

  private String ask(Path path) throws IOException {
    try {
      return AdminClient.ask(path, question.line + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    } catch (IOException e) {
      throw refusal(path, e);
    }
  }

  private static IOException refusal(Path path, IOException why) {
    return new IOException(
        "asking the proxy at "
            + path
            + ": "
            + why.getMessage()
            + "; expected a proxy that listens there and the right to write to it",
        why);
  }
}
