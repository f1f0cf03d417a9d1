// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.explain.Explainer;
import dev.sluice.rules.explain.Explanation;
import dev.sluice.rules.explain.ExplanationJson;
import dev.sluice.rules.explain.ExplanationText;
import dev.sluice.rules.explain.Origin;
import dev.sluice.rules.explain.Proxy;
import dev.sluice.rules.explain.Question;
import dev.sluice.rules.explain.Question.Described;
import dev.sluice.rules.explain.Question.Maker;
import dev.sluice.rules.explain.UnclearQuestionException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code sluice init} that ask what becomes of a connection. */
final class ExplainOptions {
  @Option(
      names = "--explain",
      description =
          "Print what the program does with one connection, rule by rule; change nothing.")
  private boolean asked;

  @Option(
      names = "--from",
      paramLabel = "ADDRESS[:PORT]",
      description = "With --explain: the client (default: what the kernel would choose).")
  private Optional<String> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "ADDRESS:PORT",
      description = "With --explain: what the client dials.")
  private String to = "";

  @Option(
      names = "--uid",
      paramLabel = "UID",
      description = "With --explain: user that makes the connection (default: as --gid, or 0).")
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--gid",
      paramLabel = "GID",
      description = "With --explain: group that makes the connection (default: as --uid, or 0).")
  private Optional<String> group = Optional.empty();

  @Option(
      names = "--mark",
      paramLabel = "MARK",
      description = "With --explain: the mark of the socket that makes it (default: 0).")
  private Optional<String> mark = Optional.empty();

  @Option(
      names = "--interface",
      paramLabel = "NAME",
      description =
          "With --explain: where it leaves; without --uid, --gid and --mark, where it arrives.")
  private Optional<String> interfaceName = Optional.empty();

  @Option(
      names = "--protocol",
      paramLabel = "PROTOCOL",
      defaultValue = "tcp",
      description = "With --explain: tcp or udp (default: ${DEFAULT-VALUE}).")
  private String protocol = "";

  boolean asked() {
    return asked;
  }

  /**
   * The answer, ended by a line feed.
   *
   * @param json whether it is one JSON object
   * @param options that {@code program} was made with, for the names of the proxy's ports
   * @throws UnclearQuestionException with all problems at once
   */
  String answer(boolean json, RuleProgram program, RuleOptions options)
      throws UnclearQuestionException {
    Question question =
        new Question(protocol, from, to, interfaceName, new Maker(user, group, mark));
    Described described = question.describe(HostRoutes::towards);
    Explanation explanation =
        new Explainer(program, described.host(), proxy(options)).explain(described.connection());
    return json
        ? JsonText.of(out -> ExplanationJson.write(explanation, out))
        : ExplanationText.of(explanation);
  }

  private static Proxy proxy(RuleOptions options) {
    int mark = options.interception() == Interception.NODE ? options.proxy().mark() : 0;
    return new Proxy(
        options.ports(),
        new Origin.Local(
            options.proxy().users().getFirst(), options.proxy().groups().getFirst(), mark));
  }
}
