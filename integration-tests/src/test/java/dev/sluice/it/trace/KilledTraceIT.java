// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.bpf.BpfObjectFiles;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Traces that are killed at every stage, from the start of the process to the wait for an answer.
 */
final class KilledTraceIT {
  private static final AttachType HOOK = AttachType.CGROUP_INET4_CONNECT;

  /** A program that takes made-up input, a struct bpf_sk_lookup. */
  private static final String RUN = "steer";

  private static final int CONTEXT_BYTES = 72;

  /** Nobody has that address in the lab: connect is under way until the trace is killed. */
  private static final String SILENT = "10.7.1.77:80";

  /** Of the time that a trace takes to be complete, so that late stages are among them. */
  private static final int STEPS = 10;

  @Test
  @Timeout(180)
  void leavesNothingThatActsWheneverItIsKilled() throws Exception {
    try (Mesh mesh = Mesh.build();
        TestCgroup pod = TestCgroup.create("killed");
        BpfCollection theirs =
            BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything());
        BpfCollection counted =
            BpfCollection.load(
                BpfObjectFiles.parse("kinds"), LoadOptions.everything().withPrograms(Set.of(RUN)));
        Cgroup cgroup = Cgroup.open(pod.path());
        BpfLink _ = cgroup.attach(theirs.program("rewrite"), HOOK)) {
      long begin = System.nanoTime();
      LabProcess first = start(mesh, pod);
      await().atMost(Duration.ofSeconds(40)).until(() -> isWhole(mesh, cgroup));
      long whole = (System.nanoTime() - begin) / 1_000_000;
      assertThat(areRunsCounted(counted)).isTrue();
      kill(first);
      assertNothingActs(mesh, cgroup, counted);

      for (int step = 1; step <= STEPS; step++) {
        LabProcess trace = start(mesh, pod);
        Thread.sleep(whole * step / STEPS);
        kill(trace);
        assertNothingActs(mesh, cgroup, counted);
      }
    }
  }

  /**
   * Ten seconds later nothing of it is in the kernel: no rule, no link, no program, and none is
   * counted.
   */
  private static void assertNothingActs(Mesh mesh, Cgroup cgroup, BpfCollection counted) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(tables(mesh)).isEmpty();
              assertThat(cgroup.hook(HOOK).attached().ids()).hasSize(1);
              assertThat(programs()).isEmpty();
              assertThat(areRunsCounted(counted)).isFalse();
            });
  }

  /** Whether the kernel counts a run of a program that nobody else runs. */
  private static boolean areRunsCounted(BpfCollection counted) throws IOException {
    BpfProgram program = counted.program(RUN);
    long before = program.info().runs();
    byte[] context = new byte[CONTEXT_BYTES];
    // AF_INET, IPPROTO_TCP.
    ByteBuffer.wrap(context).order(ByteOrder.nativeOrder()).putInt(8, 2).putInt(12, 6);
    program.testRun(new byte[0], context);
    return program.info().runs() > before;
  }

  private static boolean isWhole(Mesh mesh, Cgroup cgroup) throws IOException {
    return tables(mesh).contains("sluice_trace_")
        && cgroup.hook(HOOK).attached().ids().size() > 1
        && !programs().isEmpty();
  }

  /** The ids of all programs that traces load. */
  private static Set<Integer> programs() throws IOException {
    Set<Integer> ours = new TreeSet<>();
    for (int id : ObjectIds.programs()) {
      try (BpfProgram program = BpfProgram.openById(id)) {
        if (program.name().startsWith("trace_")) {
          ours.add(id);
        }
      } catch (IOException e) {
        // Gone since it was listed.
      }
    }
    return ours;
  }

  private static LabProcess start(Mesh mesh, TestCgroup pod) throws IOException {
    return mesh.start(
        Party.CLIENT,
        RunAs.ROOT,
        List.of(
            mesh.launcher(),
            "trace",
            "--to",
            SILENT,
            "--limit",
            "30s",
            "--cgroup",
            pod.path().toString()));
  }

  private static void kill(LabProcess trace) throws IOException {
    Command.of("kill", "-KILL", Long.toString(trace.pid())).run();
  }

  private static String tables(Mesh mesh) throws IOException {
    return mesh.in(Party.CLIENT, "nft", "list", "tables");
  }
}
