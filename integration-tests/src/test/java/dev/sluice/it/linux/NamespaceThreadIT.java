// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NamespaceThreadIT {
  private final Scenery scenery;

  NamespaceThreadIT() throws IOException {
    scenery = Scenery.open();
  }

  @AfterEach
  void close() throws IOException {
    scenery.close();
  }

  @Test
  void runsInTheNamespaceAndLeavesItsCallerWhereItIs() throws Exception {
    long before = currentInode();
    assertThat(scenery.call(NamespaceThreadIT::currentInode))
        .isEqualTo(scenery.namespace().inode())
        .isNotEqualTo(before);
    assertThat(currentInode()).isEqualTo(before);
  }

  @Test
  void opensSocketsThatStayInTheNamespace() throws Exception {
    try (FileDescriptor inside = scenery.call(NamespaceThreadIT::socket);
        FileDescriptor second = scenery.call(NamespaceThreadIT::socket);
        FileDescriptor outside = socket()) {
      long cookie = SocketOptions.netnsCookie(inside.number());
      assertThat(cookie).isEqualTo(SocketOptions.netnsCookie(second.number()));
      assertThat(cookie).isNotEqualTo(SocketOptions.netnsCookie(outside.number()));
    }
  }

  @Test
  void leaksNoNamespaceIntoOtherThreadsUnderLoad() throws Exception {
    long host = currentInode();
    List<Future<List<Long>>> calls = new ArrayList<>();
    try (Scenery other = Scenery.open();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 200; i++) {
        Scenery chosen = i % 2 == 0 ? scenery : other;
        calls.add(
            threads.submit(
                () -> {
                  long before = currentInode();
                  long inside = chosen.call(NamespaceThreadIT::currentInode);
                  return List.of(before, inside - chosen.namespace().inode(), currentInode());
                }));
      }
      for (Future<List<Long>> call : calls) {
        assertThat(call.get()).containsExactly(host, 0L, host);
      }
    }
  }

  @Test
  void passesOnWhatTheBodyThrows() {
    IOException thrown = new IOException("from inside");
    assertThatThrownBy(
            () ->
                scenery.call(
                    () -> {
                      throw thrown;
                    }))
        .isSameAs(thrown);
    AssertionError error = new AssertionError("a bug");
    assertThatThrownBy(
            () ->
                scenery.call(
                    () -> {
                      throw error;
                    }))
        .isSameAs(error);
  }

  @Test
  void waitsForTheBodyWhenItsCallerIsInterrupted() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    AtomicBoolean flagKept = new AtomicBoolean();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  String result = interruptible(running, interrupted);
                  flagKept.set(result.equals("ended") && Thread.currentThread().isInterrupted());
                });
    running.await();
    caller.interrupt();
    caller.join();
    assertThat(interrupted).isTrue();
    assertThat(flagKept).isTrue();
  }

  @Test
  void doesNotRunTheBodyIfTheNamespaceIsClosed() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    NetworkNamespace closed = NetworkNamespace.current();
    closed.close();
    assertThatThrownBy(
            () ->
                NamespaceThread.call(
                    closed,
                    () -> {
                      ran.set(true);
                      return "";
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it is closed");
    assertThat(ran).isFalse();
  }

  private String interruptible(CountDownLatch running, AtomicBoolean interrupted) {
    try {
      return scenery.call(
          () -> {
            running.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              interrupted.set(true);
            }
            return "ended";
          });
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static long currentInode() throws IOException {
    try (NetworkNamespace current = NetworkNamespace.current()) {
      return current.inode();
    }
  }

  private static FileDescriptor socket() throws IOException {
    return FileDescriptor.owning(Sockets.openStream(AddressFamily.INET6));
  }
}
