// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Container;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts processes inside the namespaces of a run. Thread-safe.
 *
 * <p>All are started by one platform thread that lives as long as this process: the kernel sends
 * the parent-death signal when the <em>thread</em> that started the child ends (PR_SET_PDEATHSIG in
 * prctl(2)), and the signal is what ends the children after a kill -9 of the demo.
 */
public final class Spawner implements AutoCloseable {
  /** Moves the shell into the cgroup that its first word names, and becomes the command. */
  private static final String JOIN = "echo $$ > \"$0\" && exec \"$@\"";

  private final LabRun run;
  private final Map<String, String> environment;
  private final ExecutorService parent;

  /** A spawner for one run; {@code environment} is added to that of each child. */
  public Spawner(LabRun run, Map<String, String> environment) {
    this.run = run;
    this.environment = Map.copyOf(environment);
    this.parent =
        Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().daemon().name("lab-spawner").unstarted(task));
  }

  /** The run whose namespaces it enters. */
  public LabRun run() {
    return run;
  }

  /** Starts {@code command} as a part of a party's application. */
  public LabProcess start(Party party, RunAs rights, List<String> command) throws IOException {
    return start(party, Container.APPLICATION, rights, command);
  }

  /** Starts {@code command} in the namespace and, where the run has them, cgroup of a container. */
  LabProcess start(Party party, Container container, RunAs rights, List<String> command)
      throws IOException {
    List<String> line = new ArrayList<>();
    if (run.hasCgroups()) {
      line.addAll(List.of("sh", "-c", JOIN));
      line.add(run.cgroup(party, container).resolve("cgroup.procs").toString());
    }
    line.add("nsenter");
    line.add("--net=" + run.namespaceFile(party));
    line.add("--");
    line.addAll(rights.prefix());
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(resolved(line));
    Programs.restrict(builder.environment());
    builder.environment().putAll(environment);
    builder.environment().put("XDG_RUNTIME_DIR", run.runtimeFolder().toString());
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    String name = command.getFirst() + " in the " + party.text() + "'s namespace";
    return run.during(() -> new LabProcess(name, onParentThread(builder)));
  }

  /** Runs {@code command} in the namespace of {@code party} to its end. */
  public CommandResult runToEnd(Party party, RunAs rights, List<String> command, Duration limit)
      throws IOException {
    try (LabProcess process = start(party, rights, command)) {
      int code = process.awaitEnd(limit);
      return new CommandResult(
          String.join(" ", command),
          code,
          String.join("\n", process.lines()),
          process.lastErrors());
    }
  }

  /** Ends the thread; every process that still runs gets SIGKILL by that. */
  @Override
  public void close() {
    parent.shutdown();
  }

  private Process onParentThread(ProcessBuilder builder) throws IOException {
    try {
      return parent.submit(builder::start).get();
    } catch (ExecutionException | CompletionException e) {
      throw new LabException("starting '" + String.join(" ", builder.command()) + "': " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("starting '" + String.join(" ", builder.command()) + "': interrupted");
    }
  }

  private static List<String> resolved(List<String> line) throws LabException {
    List<String> resolved = new ArrayList<>(line);
    String program = line.getFirst();
    resolved.set(
        0,
        Programs.find(program)
            .orElseThrow(() -> new LabException("the program '" + program + "' is not installed"))
            .toString());
    return resolved;
  }
}
