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
 */
public record Command(List<String> arguments, String input, Duration timeout) {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** Copies {@code arguments}. */
  public Command {
    arguments = List.copyOf(arguments);
  }

  /** A command that reads nothing and has 30 seconds. */
  public static Command of(String... arguments) {
    return new Command(List.of(arguments), "", DEFAULT_TIMEOUT);
  }

  /** The same command, reading {@code text} from standard input. */
  public Command withInput(String text) {
    return new Command(arguments, text, timeout);
  }

  /** The same command with another limit. */
  public Command withTimeout(Duration limit) {
    return new Command(arguments, input, limit);
  }

  /** The same command, run inside the network namespace that {@code path} names. */
  public Command inNetworkNamespace(Path path) {
    List<String> entered = new ArrayList<>();
    entered.add("nsenter");
    entered.add("--net=" + path);
    entered.add("--");
    entered.addAll(arguments);
    return new Command(entered, input, timeout);
  }

  /** For messages only. */
  public String commandLine() {
    return String.join(" ", arguments);
  }

  /**
   * Runs it to its end.
   *
   * @throws CommandException if the program is not installed, or was killed at its timeout
   */
  public CommandResult run() throws CommandException {
    try {
      Process process = new ProcessBuilder(resolved()).start();
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

  private List<String> resolved() throws CommandException {
    String program = arguments.getFirst();
    if (program.startsWith("/")) {
      return arguments;
    }
    Path path =
        Programs.find(program)
            .orElseThrow(
                () ->
                    new CommandException(
                        "running '"
                            + commandLine()
                            + "': the program '"
                            + program
                            + "' is not installed; expected it in /usr/sbin or /usr/bin"));
    List<String> resolved = new ArrayList<>(arguments);
    resolved.set(0, path.toString());
    return resolved;
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
