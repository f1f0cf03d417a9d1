// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * The memory that one thread's calls need: errno, an address, an option and its length. One for
 * each thread, because two threads sharing it would read each other's errno. A downcall never calls
 * back and pins a virtual thread, so one call at a time uses it. The garbage collector frees it
 * after its thread.
 */
final class Scratch {
  /** Room for the largest option read here, {@code struct tcp_info}, and its future growth. */
  static final int OPTION_BYTES = 512;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = Members.offset(CALL_STATE, "errno");
  private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

  private final MemorySegment callState;
  private final MemorySegment address;
  private final MemorySegment option;
  private final MemorySegment length;

  private Scratch() {
    Arena arena = Arena.ofAuto();
    callState = arena.allocate(CALL_STATE);
    address = arena.allocate(SocketAddressLayout.STORAGE_BYTES, 8);
    option = arena.allocate(OPTION_BYTES, 8);
    length = arena.allocate(ValueLayout.JAVA_INT);
  }

  static Scratch current() {
    return CURRENT.get();
  }

  MemorySegment callState() {
    return callState;
  }

  int errno() {
    return callState.get(ValueLayout.JAVA_INT, ERRNO);
  }

  MemorySegment socketAddress() {
    return address;
  }

  MemorySegment option() {
    return option;
  }

  /** The in-and-out {@code socklen_t}, set to {@code bytes}. */
  MemorySegment length(int bytes) {
    length.set(ValueLayout.JAVA_INT, 0, bytes);
    return length;
  }

  int returnedLength() {
    return length.get(ValueLayout.JAVA_INT, 0);
  }
}
