// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One program with its arguments, not yet run. Arguments are data: nothing is expanded or split.
 * Immutable; {@link #run()} blocks its caller.
 *
 * @param arguments the program's name (found by {@link Programs}) or absolute path, then its
 *     arguments
 * @param input what it reads from standard input; empty for none
 * @param timeout after which it is killed
 * @param namespace the network namespace that it is run inside; empty for that of this process
 */
public record Command(
    List<String> arguments, String input, Duration timeout, Optional<Path> namespace) {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
  private static final String NSENTER = "nsenter";

  /** Copies {@code arguments}. */
  public Command {
    arguments = List.copyOf(arguments);
  }

  /** A command in the namespace of this process. */
  public Command(List<String> arguments, String input, Duration timeout) {
    this(arguments, input, timeout, Optional.empty());
  }

  /** A command that reads nothing and has 30 seconds. */
  public static Command of(String... arguments) {
    return new Command(List.of(arguments), "", DEFAULT_TIMEOUT);
  }

  /** The same command, reading {@code text} from standard input. */
  public Command withInput(String text) {
    return new Command(arguments, text, timeout, namespace);
  }

  /** The same command with another limit. */
  public Command withTimeout(Duration limit) {
    return new Command(arguments, input, limit, namespace);
  }

  /** The same command, run inside the network namespace that {@code path} names. */
  public Command inNetworkNamespace(Path path) {
    return new Command(arguments, input, timeout, Optional.of(path));
  }

  /**
   * What is executed: each program in it by its absolute path, {@code nsenter(1)} and what that
   * starts.
   *
   * @throws CommandException if one of them is not installed
   */
  public List<String> words() throws CommandException {
    List<String> words = new ArrayList<>();
    if (namespace.isPresent()) {
      words.add(resolved(NSENTER));
      words.add(entering(namespace.get()));
      words.add("--");
    }
    words.add(resolved(arguments.getFirst()));
    words.addAll(arguments.subList(1, arguments.size()));
    return words;
  }

  /** For messages only. */
  public String commandLine() {
    String line = String.join(" ", arguments);
    return namespace.map(path -> NSENTER + " " + entering(path) + " -- " + line).orElse(line);
  }

  /**
   * Runs it to its end.
   *
   * @throws CommandException if the program is not installed, or was killed at its timeout
   */
  public CommandResult run() throws CommandException {
    try {
      ProcessBuilder builder = new ProcessBuilder(words());
      Programs.restrict(builder.environment());
      Process process = builder.start();
      CompletableFuture<String> output = drain(process.getInputStream());
      CompletableFuture<String> errors = drain(process.getErrorStream());
      feed(process);
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new CommandException(
            "running '" + commandLine() + "': no end after " + timeout.toSeconds() + " s, killed");
      }
      return new CommandResult(commandLine(), process.exitValue(), output.join(), errors.join());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("running '" + commandLine() + "': interrupted");
    } catch (CommandException e) {
      throw e;
    } catch (IOException e) {
      throw new CommandException("running '" + commandLine() + "': " + e.getMessage());
    }
  }

  /**
   * Runs it to its end and expects success.
   *
   * @return standard output
   * @throws CommandException as {@link #run()}, and if the exit code is not 0
   */
  public String runOrThrow() throws CommandException {
    CommandResult result = run();
    if (!result.succeeded()) {
      throw new CommandException(
          "running '"
              + commandLine()
              + "': exit code "
              + result.exitCode()
              + ": "
              + result.firstComplaint());
    }
    return result.output();
  }

  private static String entering(Path namespace) {
    return "--net=" + namespace;
  }

  private String resolved(String program) throws CommandException {
    if (program.startsWith("/")) {
      return program;
    }
    return Programs.find(program)
        .orElseThrow(
            () ->
                new CommandException(
                    "running '"
                        + commandLine()
                        + "': the program '"
                        + program
                        + "' is not installed; expected it in /usr/sbin or /usr/bin"))
        .toString();
  }

  private void feed(Process process) {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The program closed its standard input; its exit code and complaint say why.
    }
  }

  private static CompletableFuture<String> drain(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }
}
