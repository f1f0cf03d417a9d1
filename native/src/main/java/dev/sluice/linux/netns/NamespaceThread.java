// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs code inside another network namespace, on a platform thread of its own that enters, runs and
 * ends: it is never put back and never reused, so no other thread can end up in a wrong namespace.
 * What the code opens (sockets, processes) stays in the namespace. The code must start no threads,
 * and so no thread pools, virtual threads' first use among them: a new thread inherits its maker's
 * namespace for good. Needs CAP_SYS_ADMIN. Thread-safe.
 */
public final class NamespaceThread {
  private NamespaceThread() {}

  /**
   * Runs {@code body} in {@code namespace} and waits for its end. An interrupt of the caller is
   * passed on to it, and still its end is waited for; then the caller's interrupt flag is set.
   *
   * @return what {@code body} returned
   * @throws Exception what {@code body} threw, or {@link dev.sluice.linux.SyscallException} if the
   *     namespace could not be entered; {@code body} has not run then
   */
  public static <T> T call(NetworkNamespace namespace, Callable<T> body) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              namespace.enter();
              return body.call();
            });
    Thread thread =
        Thread.ofPlatform()
            .name("netns-" + namespace.inode())
            .daemon()
            .inheritInheritableThreadLocals(false)
            .start(task);
    return await(task, thread);
  }

  private static <T> T await(FutureTask<T> task, Thread thread) throws Exception {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
          thread.interrupt();
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception thrown -> throw thrown;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
