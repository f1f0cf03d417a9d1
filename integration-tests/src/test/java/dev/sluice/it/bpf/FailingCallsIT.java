// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import dev.sluice.linux.Errno;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLoadException;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCallGate;
import dev.sluice.linux.ffi.BpfCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whichever call fails, a load leaves no descriptor and no pin behind, or has succeeded. */
class FailingCallsIT {
  private static final int MORE_CALLS_THAN_A_LOAD_MAKES = 500;

  @ParameterizedTest
  @EnumSource(names = {"ENOMEM", "EPERM", "EAGAIN", "ENOSPC"})
  void leavesNothingBehindWhicheverCallFails(Errno errno) throws Exception {
    int failed = 0;
    for (int nth = 1; nth < MORE_CALLS_THAN_A_LOAD_MAKES; nth++) {
      Outcome outcome = loadWithFailure(nth, errno);
      if (outcome == Outcome.NOT_THAT_MANY_CALLS) {
        assertThat(failed).isGreaterThan(10);
        return;
      }
      failed += outcome == Outcome.FAILED ? 1 : 0;
    }
    fail("a load made more calls than can be");
  }

  @Test
  void triesAgainWhileASignalInterrupts() throws Exception {
    List<BpfCommand> asked = new ArrayList<>();
    try (BpfCollection loaded = loadThrough(answering(asked, Errno.EAGAIN, Errno.EAGAIN))) {
      assertThat(loaded.programs()).containsOnlyKeys("rewrite");
      assertThat(asked).filteredOn(BpfCommand.BPF_PROG_LOAD::equals).hasSize(3);
    }
  }

  @Test
  void growsTheLogUntilItFits() {
    List<BpfCommand> asked = new ArrayList<>();
    Errno refused = Errno.EINVAL;
    assertThatThrownBy(
            () ->
                loadThrough(
                        answering(
                            asked, refused, Errno.ENOSPC, Errno.ENOSPC, Errno.ENOSPC, refused))
                    .close())
        .isInstanceOf(BpfLoadException.class)
        .hasMessageContaining("program rewrite (cgroup/connect4): EINVAL (22)");
    assertThat(asked).filteredOn(BpfCommand.BPF_PROG_LOAD::equals).hasSize(5);
  }

  @Test
  void keepsTheFirstErrorWhenTheLogNeverFits() {
    List<BpfCommand> asked = new ArrayList<>();
    Errno[] answers = new Errno[30];
    Arrays.fill(answers, Errno.ENOSPC);
    answers[0] = Errno.EACCES;
    assertThatThrownBy(() -> loadThrough(answering(asked, answers)).close())
        .isInstanceOfSatisfying(
            BpfLoadException.class, e -> assertThat(e.is(Errno.EACCES)).isTrue());
    assertThat(asked).hasSizeLessThan(30);
  }

  private static BpfCollection loadThrough(BpfCallGate gate) throws IOException {
    BpfCallGate before = BpfAttr.gateWith(gate);
    try {
      return BpfCollection.load(BpfObjectFiles.parse("connect4"), LoadOptions.everything());
    } finally {
      BpfAttr.gateWith(before);
    }
  }

  /** Answers the first loads of a program with these errors, and lets everything else through. */
  private static BpfCallGate answering(List<BpfCommand> asked, Errno... errors) {
    Iterator<Errno> left = List.of(errors).iterator();
    return command -> {
      asked.add(command);
      boolean fails = command == BpfCommand.BPF_PROG_LOAD && left.hasNext();
      return fails ? -left.next().number() : 0;
    };
  }

  private enum Outcome {
    FAILED,
    /** A program is tried again with a log. */
    SUCCEEDED_ALL_THE_SAME,
    NOT_THAT_MANY_CALLS
  }

  private static Outcome loadWithFailure(int nth, Errno errno) throws IOException {
    FailOnce gate = new FailOnce(nth, errno);
    try (TestBpfFileSystem pins = TestBpfFileSystem.mount();
        DescriptorCount descriptors = DescriptorCount.begin()) {
      Path pin = pins.path().resolve("kept");
      LoadOptions options = LoadOptions.everything().withPinFolder(pins.path());
      BpfCallGate before = BpfAttr.gateWith(gate);
      try (BpfCollection loaded = BpfCollection.load(BpfObjectFiles.parse("kinds"), options)) {
        assertThat(loaded.programs()).hasSize(5);
        assertThat(pin).exists();
        return gate.hasFailed() ? Outcome.SUCCEEDED_ALL_THE_SAME : Outcome.NOT_THAT_MANY_CALLS;
      } catch (IOException e) {
        assertThat(e).as("call " + nth).hasMessageContaining(errno.toString());
        assertThat(pin).as("call " + nth).doesNotExist();
        return Outcome.FAILED;
      } finally {
        BpfAttr.gateWith(before);
        assertThat(descriptors.stillOpen()).as("call " + nth).isZero();
      }
    }
  }

  private static final class FailOnce implements BpfCallGate {
    private final AtomicInteger left;
    private final Errno errno;

    FailOnce(int nth, Errno errno) {
      this.left = new AtomicInteger(nth);
      this.errno = errno;
    }

    @Override
    public int before(BpfCommand command) {
      return left.decrementAndGet() == 0 ? -errno.number() : 0;
    }

    boolean hasFailed() {
      return left.get() <= 0;
    }
  }
}
