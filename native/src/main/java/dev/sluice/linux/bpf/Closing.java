// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Closes several things, the last one first, all of them even if one fails. */
final class Closing implements AutoCloseable {
  private final Deque<Closeable> things = new ArrayDeque<>();

  /** Something whose close may fail as a system call does. */
  interface Closeable extends AutoCloseable {
    @Override
    void close() throws SyscallException;
  }

  void add(BpfMap map) {
    things.push(map::close);
  }

  void add(BpfProgram program) {
    things.push(program::close);
  }

  @Override
  public void close() throws SyscallException {
    @Nullable SyscallException first = null;
    while (!things.isEmpty()) {
      try {
        things.pop().close();
      } catch (SyscallException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
