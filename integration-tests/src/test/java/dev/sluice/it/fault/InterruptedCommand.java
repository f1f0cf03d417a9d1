// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A command of Sluice that is killed at its Nth bpf(2), or refused by it. Every call is tried with
 * {@code -Dsluice.it.every=1}; by default eight are, since each takes a second or two. What each
 * proof leaves behind is nothing.
 */
public final class InterruptedCommand {
  private static final @Nullable Integer EVERY = Integer.getInteger("sluice.it.every");
  private static final int TRIED = 8;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Path bpfFileSystem;
  private final Path cgroup;
  private final List<List<String>> before;
  private final List<String> words;

  private InterruptedCommand(
      Path bpfFileSystem, Path cgroup, List<List<String>> before, List<String> words) {
    this.bpfFileSystem = bpfFileSystem;
    this.cgroup = cgroup;
    this.before = before;
    this.words = words;
  }

  /**
   * The command {@code sluice WORDS --bpf-fs ...}, which changes what is attached to {@code
   * cgroup}. It starts from nothing.
   */
  public static InterruptedCommand of(TestBpfFileSystem bpf, Path cgroup, String... words) {
    return new InterruptedCommand(bpf.path(), cgroup, List.of(), command(bpf.path(), words));
  }

  /** The same, starting from what another command, run before it, has put in force. */
  public InterruptedCommand after(String... others) {
    List<List<String>> all = new ArrayList<>(before);
    all.add(command(bpfFileSystem, others));
    return new InterruptedCommand(bpfFileSystem, cgroup, List.copyOf(all), words);
  }

  /**
   * Killed at any call, it leaves something that the same command completes: what is attached,
   * pinned and in the maps then is what an undisturbed run leaves, and uninstalling leaves nothing.
   */
  public void isCompletedByTheNextRun() throws IOException {
    KernelState nothing = state();
    int calls = calls();
    List<String> clean = state().withoutKernelNumbers();
    uninstall();
    awaitState("uninstalled", nothing);
    for (int n = 1; n <= calls; n += step(calls)) {
      begin();
      assertThat(interrupted("signal=KILL", n).succeeded()).as("killed at call " + n).isFalse();
      run(words);
      String when = "after the run that was killed at call " + n;
      await()
          .untilAsserted(
              () -> assertThat(state().withoutKernelNumbers()).as(when).isEqualTo(clean));
      uninstall();
      awaitState("uninstalled after it was killed at call " + n, nothing);
    }
    System.out.println(name() + ": killed at every " + step(calls) + "th of " + calls + " calls");
  }

  /** Refused by any call, it says so in a line and leaves what was there, to the last number. */
  public void leavesWhatWasThereWhenRefused() throws IOException {
    int calls = calls();
    uninstall();
    begin();
    KernelState former = state();
    int refused = 0;
    int tried = 0;
    for (int n = 1; n <= calls; n += step(calls)) {
      CommandResult result = interrupted("error=ENOMEM", n);
      tried++;
      if (result.succeeded()) {
        // Some calls are tried again, or ask for what may not be there.
        uninstall();
        begin();
        former = state();
      } else {
        refused++;
        assertThat(result.errors().lines()).as("call " + n).hasSize(1);
        assertThat(result.errors()).as("call " + n).startsWith("sluice ").contains("ENOMEM");
        awaitState("after call " + n + " was refused", former);
      }
    }
    uninstall();
    assertThat(refused).as("refused, of " + tried).isGreaterThan(tried / 2);
    System.out.println(
        name()
            + ": ended by "
            + refused
            + " of "
            + tried
            + " refused calls, every "
            + step(calls)
            + "th");
  }

  private static int step(int calls) {
    return EVERY == null ? Math.ceilDiv(calls, TRIED) : EVERY;
  }

  private void begin() throws IOException {
    for (List<String> each : before) {
      run(each);
    }
  }

  /** How often it calls bpf(2); it is in force then. Strace counts for each thread. */
  private int calls() throws IOException {
    begin();
    Path trace = Files.createTempFile("sluice-trace-", "");
    try {
      run(traced(trace, "trace=bpf"));
      Map<String, Long> byThread =
          Files.readAllLines(trace).stream()
              .filter(line -> line.contains(" bpf("))
              .collect(
                  Collectors.groupingBy(
                      line -> line.substring(0, line.indexOf(' ')), Collectors.counting()));
      int calls = byThread.values().stream().mapToInt(Long::intValue).max().orElse(0);
      assertThat(calls).as("calls of bpf(2) in " + name()).isGreaterThan(20);
      return calls;
    } finally {
      Files.delete(trace);
    }
  }

  private CommandResult interrupted(String how, int call) throws CommandException {
    List<String> all =
        traced(Path.of("/dev/null"), "trace=bpf", "inject=bpf:" + how + ":when=" + call);
    return Command.of(all.toArray(String[]::new)).withTimeout(LIMIT).run();
  }

  private List<String> traced(Path output, String... expressions) {
    List<String> all = new ArrayList<>(List.of("strace", "-f", "-o", output.toString()));
    for (String expression : expressions) {
      all.addAll(List.of("-e", expression));
    }
    all.addAll(words);
    return all;
  }

  private static void run(List<String> command) throws CommandException {
    Command.of(command.toArray(String[]::new)).withTimeout(LIMIT).runOrThrow();
  }

  private void uninstall() throws IOException {
    for (InstalledFeature feature : InstalledFeature.all(bpfFileSystem)) {
      feature.remove();
    }
  }

  private KernelState state() throws IOException {
    return KernelState.of(cgroup, bpfFileSystem);
  }

  /** The kernel detaches what a process leaves when it ends from a work queue, a moment later. */
  private void awaitState(String when, KernelState expected) {
    await().untilAsserted(() -> assertThat(state()).as(when).isEqualTo(expected));
  }

  private static List<String> command(Path bpfFileSystem, String... words) {
    List<String> all = new ArrayList<>(List.of(Checkout.script("sluice")));
    all.addAll(List.of(words));
    all.addAll(List.of("--bpf-fs", bpfFileSystem.toString()));
    return List.copyOf(all);
  }

  private String name() {
    return "sluice " + words.get(1) + " " + words.get(2);
  }
}
