// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ErrnoCaptureTest {
  private static final int ROUNDS = 100_000;

  private int socket;

  @BeforeEach
  void openSocket() {
    socket = SocketCalls.openStream(SocketAddressLayout.AF_INET);
    assertThat(socket).isNotNegative();
  }

  @AfterEach
  void closeSocket() {
    FileCalls.close(socket);
  }

  @Test
  void givesEachThreadItsOwnErrno() throws Exception {
    List<Failing> calls =
        List.of(
            new Failing(Errno.EBADF, () -> FileCalls.close(-1)),
            new Failing(Errno.ENOTCONN, () -> SocketCalls.shutdownWrite(socket)),
            new Failing(Errno.EAFNOSUPPORT, () -> SocketCalls.openStream(4711)),
            new Failing(Errno.ENOENT, () -> FileCalls.open("/nowhere")),
            new Failing(Errno.ENOPROTOOPT, () -> OptionCalls.setInt(socket, 1, 4711, 1)),
            new Failing(Errno.ENOTTY, () -> FileCalls.namespaceType(socket)));
    try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
      CyclicBarrier start = new CyclicBarrier(calls.size());
      List<Future<Integer>> wrong = new ArrayList<>();
      for (Failing call : calls) {
        wrong.add(threads.submit(call.repeatedAfter(start)));
      }
      for (Future<Integer> count : wrong) {
        assertThat(count.get()).isZero();
      }
    }
  }

  @Test
  void keepsTheErrnoOfAThreadWhileAnotherFails() throws Exception {
    assertThat(Errno.EBADF.returnedBy(FileCalls.close(-1))).isTrue();
    List<Integer> other = new ArrayList<>();
    Thread.ofPlatform().start(() -> other.add(FileCalls.open("/nowhere"))).join();
    assertThat(other).containsExactly(-Errno.ENOENT.number());
    assertThat(Scratch.current().errno()).isEqualTo(Errno.EBADF.number());
  }

  @Test
  void returnsSuccessAlthoughErrnoStillHoldsTheLastFailure() {
    assertThat(Errno.EBADF.returnedBy(FileCalls.close(-1))).isTrue();
    assertThat(OptionCalls.pendingError(socket)).isZero();
    assertThat(Scratch.current().errno()).isNotNegative();
  }

  @Test
  void keepsOneMemoryForAThreadAndAnotherForTheNext() throws Exception {
    Scratch mine = Scratch.current();
    assertThat(Scratch.current()).isSameAs(mine);
    List<Scratch> other = new ArrayList<>();
    Thread.ofPlatform().start(() -> other.add(Scratch.current())).join();
    Thread.ofVirtual().start(() -> other.add(Scratch.current())).join();
    assertThat(other).hasSize(2).doesNotContain(mine).doesNotHaveDuplicates();
  }

  private record Failing(Errno expected, IntSupplier call) {
    Callable<Integer> repeatedAfter(CyclicBarrier start) {
      return () -> {
        start.await();
        int wrong = 0;
        for (int i = 0; i < ROUNDS; i++) {
          if (!expected.returnedBy(call.getAsInt())) {
            wrong++;
          }
        }
        return wrong;
      };
    }
  }
}
