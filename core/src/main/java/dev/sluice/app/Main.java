// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.Architecture;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where {@code sluice} starts. It names nothing of picocli's: to verify a class that does, the JVM
 * opens jars, which it need not where all that it loads is in the class cache (docs/footprint.md).
 */
public final class Main {
  private Main() {}

  /** Ends the process with the exit code of the sub-command. */
  public static void main(String[] arguments) throws InterruptedException {
    requireKnownArchitecture();
    String[] words = withoutProgram(arguments);
    Optional<ProxyCommand> plain = PlainCommandLine.read(List.of(words), System.getenv());
    System.exit(plain.isPresent() ? plain.get().serve() : RootCommand.run(words));
  }

  /** The kernel names the program first when the JVM is its interpreter, as in the image. */
  private static String[] withoutProgram(String[] arguments) {
    boolean named =
        arguments.length > 0 && arguments[0].equals(System.getProperty("sluice.program"));
    return named ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments;
  }

  /** Anywhere later, it would be an error of class loading with a trace instead of one line. */
  private static void requireKnownArchitecture() {
    try {
      Architecture.current();
    } catch (UnsupportedOperationException e) {
      System.err.println("sluice: " + e.getMessage());
      System.exit(1);
    }
  }
}
