// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** HAProxy as the distribution builds it. */
record HaProxy(Path program, boolean splice, boolean accessLog) implements ProxyProgram {
  @Override
  public Rights rights() {
    return Rights.PROXY;
  }

  @Override
  public String version() throws IOException {
    return Command.of(program.toString(), "-v").runOrThrow().lines().findFirst().orElse("");
  }

  /** Its manual has it log to a pipe: a file "will significantly slow HAProxy down". */
  @Override
  public boolean logsToOutput() {
    return accessLog;
  }

  @Override
  public List<String> command(Pod pod, Path folder) throws IOException {
    List<String> without = new ArrayList<>();
    if (!splice) {
      without.add(Configuration.SPLICE);
    }
    if (!accessLog) {
      without.add(Configuration.ACCESS_LOG);
    }
    Path file =
        Configuration.write("haproxy.cfg", folder.resolve(pod.name() + ".cfg"), Map.of(), without);
    return List.of(program.toString(), "-db", "-f", file.toString());
  }
}
