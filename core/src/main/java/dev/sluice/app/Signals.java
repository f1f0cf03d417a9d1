// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * The signals that a running command answers. Handlers run on a thread of the JVM's own.
 *
 * <p>A shutdown hook would end the process with 128 + n; a proxy that was told to stop and did so
 * ends with 0. The JDK's only way to hear a signal is {@code sun.misc.Signal} (module {@code
 * jdk.unsupported}); it is named in text because every mention in code is a compiler warning that
 * can't be switched off.
 */
final class Signals {
  private Signals() {}

  /** A latch that SIGTERM and SIGINT open. */
  static CountDownLatch termination() {
    CountDownLatch told = new CountDownLatch(1);
    onTermination(told::countDown);
    return told;
  }

  /** Runs {@code action} on every SIGTERM and SIGINT. */
  static void onTermination(Runnable action) {
    handle("TERM", action);
    handle("INT", action);
  }

  /** Runs {@code action} on every SIGUSR1. */
  static void onUser1(Runnable action) {
    handle("USR1", action);
  }

  /** Runs {@code action} with the name of every signal that a proxy answers. */
  static void onEach(Consumer<String> action) {
    for (String name : List.of("TERM", "INT", "USR1")) {
      handle(name, () -> action.accept(name));
    }
  }

  /** Sends this process a signal, such as {@code TERM}. */
  static void raise(String name) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      signal
          .getMethod("raise", signal)
          .invoke(null, signal.getConstructor(String.class).newInstance(name));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("raising SIG" + name, e);
    }
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, _) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> name;
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "hearing SIG" + name + ": expected a JDK with the module jdk.unsupported", e);
    }
  }
}
