// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Architecture;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library. A call takes the calling thread's {@link Scratch}, which gets errno,
 * and the arguments as longs: numbers as they are, addresses as {@link MemorySegment#address()}.
 * The returned value decides whether it failed, never errno alone. Immutable, thread-safe.
 *
 * <p>There is one method handle for all functions. The JDK makes some twenty classes for each type
 * that it links, at every start, in memory of the process's own; so every function is called as
 * {@code long f(long, long, long, long, long, long)}. That is right for whatever takes up to six
 * integers and pointers: both calling conventions (<a
 * href="https://gitlab.com/x86-psABIs/x86-64-ABI">System V for x86-64</a>, <a
 * href="https://github.com/ARM-software/abi-aa/blob/main/aapcs64/aapcs64.rst">AAPCS64</a>) pass the
 * first six in registers, with or without variable arguments, leave open what stands above the bits
 * of a narrower one, and a function doesn't look at registers that it has no parameter for. A
 * narrower result, too, is followed by bits that mean nothing.
 */
final class CFunction {
  private static final Linker LINKER = linker();

  @SuppressWarnings("restricted") // The module is granted native access by the launcher.
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private final MemorySegment symbol;

  private CFunction(MemorySegment symbol) {
    this.symbol = symbol;
  }

  /** Looks it up. */
  static CFunction named(String name) {
    return new CFunction(
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(
                () ->
                    new UnsatisfiedLinkError(
                        "looking up '" + name + "' in the C library: not found; expected glibc")));
  }

  /** What it returned, all 64 bits. */
  long word(
      Scratch scratch, long first, long second, long third, long fourth, long fifth, long sixth) {
    try {
      return (long)
          CALL.invokeExact(symbol, scratch.callState(), first, second, third, fourth, fifth, sixth);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** What it returned, an int or a size that fits one; {@code -errno} for -1. */
  int call(
      Scratch scratch, long first, long second, long third, long fourth, long fifth, long sixth) {
    int returned = (int) word(scratch, first, second, third, fourth, fifth, sixth);
    return returned == -1 ? -scratch.errno() : returned;
  }

  int call(Scratch scratch, long first, long second, long third, long fourth, long fifth) {
    return call(scratch, first, second, third, fourth, fifth, 0);
  }

  int call(Scratch scratch, long first, long second, long third, long fourth) {
    return call(scratch, first, second, third, fourth, 0, 0);
  }

  int call(Scratch scratch, long first, long second, long third) {
    return call(scratch, first, second, third, 0, 0, 0);
  }

  int call(Scratch scratch, long first, long second) {
    return call(scratch, first, second, 0, 0, 0, 0);
  }

  int call(Scratch scratch, long first) {
    return call(scratch, first, 0, 0, 0, 0, 0);
  }

  /** A downcall throws only what linking or a wrong type throws: a bug, rethrown as it is. */
  private static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IllegalStateException("calling the C library", thrown);
    };
  }

  private static Linker linker() {
    // Option numbers and layouts in this package hold for these architectures only.
    Architecture.current();
    return Linker.nativeLinker();
  }
}
