// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A proxy that can be started in a pod. */
interface ProxyProgram {
  /** Whose rights it needs. */
  Rights rights();

  /** As the program itself prints it. */
  String version() throws IOException;

  /**
   * Writes its configuration.
   *
   * @param folder for all of its files, in memory
   * @return the command that starts it in the foreground
   */
  List<String> command(Pod pod, Path folder) throws IOException;

  /** Whether its access log is its standard output, which is to be a pipe then and no file. */
  default boolean logsToOutput() {
    return false;
  }
}
