// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Architecture;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Binds functions of the C library. Every handle that can fail takes the calling thread's {@link
 * Scratch#callState()} first and has its result turned into {@code -errno} by {@link #result}, the
 * only place that reads errno: the returned value decides, never errno alone. Thread-safe.
 */
final class Downcalls {
  private static final Linker LINKER = linker();

  private Downcalls() {}

  /** A function that sets errno. */
  static MethodHandle capturing(String name, FunctionDescriptor type) {
    return bind(name, type, Linker.Option.captureCallState("errno"));
  }

  /** A function that sets errno and takes variable arguments from index {@code fixed} on. */
  static MethodHandle capturingVariadic(String name, int fixed, FunctionDescriptor type) {
    return bind(
        name, type, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(fixed));
  }

  /** A function whose errno is of no interest. */
  static MethodHandle plain(String name, FunctionDescriptor type) {
    return bind(name, type);
  }

  /** {@code returned}, or {@code -errno} of the call that just used {@code scratch}. */
  static int result(int returned, Scratch scratch) {
    return returned == -1 ? -scratch.errno() : returned;
  }

  /** The same for calls that return a size; sizes asked for here fit an int. */
  static int result(long returned, Scratch scratch) {
    return returned == -1 ? -scratch.errno() : Math.toIntExact(returned);
  }

  /** A downcall throws only what linking or a wrong type throws: a bug, rethrown as it is. */
  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IllegalStateException("calling the C library", thrown);
    };
  }

  @SuppressWarnings("restricted") // The module is granted native access by the launcher.
  private static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
    MemorySegment symbol =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(
                () ->
                    new UnsatisfiedLinkError(
                        "looking up '" + name + "' in the C library: not found; expected glibc"));
    return LINKER.downcallHandle(symbol, type, options);
  }

  private static Linker linker() {
    // Option numbers and layouts in this package hold for these architectures only.
    Architecture.current();
    return Linker.nativeLinker();
  }
}
