// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A CNI agent that hands pods over: {@code agent.py}, by orders on its standard input. */
public final class Agent implements AutoCloseable {
  private final Path folder;
  private final Process process;
  private final PrintWriter orders;
  private final BufferedReader answers;

  private Agent(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
    this.orders = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Listens when this returns. */
  public static Agent start() throws IOException {
    Path folder = Files.createTempDirectory("slt-agent-");
    Path program = folder.resolve("agent.py");
    try (var source = Objects.requireNonNull(Agent.class.getResourceAsStream("agent.py"))) {
      Files.copy(source, program);
    }
    Agent agent =
        new Agent(
            folder,
            new ProcessBuilder(
                    "/usr/bin/python3", program.toString(), folder.resolve("agent.sock").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    agent.expect("listening");
    return agent;
  }

  public Path socket() {
    return folder.resolve("agent.sock");
  }

  /** Waits for the next connection of a proxy; its greeting in hexadecimal. */
  public String hello() throws IOException {
    return answer("hello ");
  }

  /** Gives an order; what the proxy says is wrong, empty if nothing is. */
  public String ask(String order) throws IOException {
    orders.println(order);
    return answer("ack ");
  }

  String add(NodeWorld world, int pod) throws IOException {
    return ask("add uid-%d default pod-%d %s".formatted(pod, pod, world.path(pod)));
  }

  /** Hangs up and waits until the proxy is back. */
  String reconnect() throws IOException {
    orders.println("close");
    return hello();
  }

  private void expect(String line) throws IOException {
    String said = answers.readLine();
    if (!line.equals(said)) {
      throw new IOException("the agent said '" + said + "'; expected '" + line + "'");
    }
  }

  private String answer(String prefix) throws IOException {
    String said = answers.readLine();
    if (said == null || !said.startsWith(prefix)) {
      throw new IOException("the agent said '" + said + "'; expected '" + prefix + "...'");
    }
    return said.substring(prefix.length());
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
