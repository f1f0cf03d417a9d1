// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code scripts/sluice proxy} with policy, access log and counters on, from the runtime image.
 *
 * @param rights of its process
 * @param options further ones
 * @param javaOptions further ones for the JVM, with {@link SlowedReads#FOLDER} to be replaced
 * @param accessLog whether it writes one
 */
record OurProxy(Rights rights, List<String> options, String javaOptions, boolean accessLog)
    implements ProxyProgram {
  static final String LAUNCHER = System.getProperty("sluice.home") + "/scripts/sluice";

  @Override
  public String version() throws IOException {
    return Command.of(LAUNCHER, "--version").runOrThrow().strip();
  }

  @Override
  public List<String> command(Pod pod, Path folder) throws IOException {
    Path policy =
        Configuration.write(
            "policy.yaml", folder.resolve(pod.name() + "-policy.yaml"), Map.of(), List.of());
    // Its sockets lie in what the bench removes.
    List<String> command = new ArrayList<>(List.of("env", "XDG_RUNTIME_DIR=" + folder));
    if (!javaOptions.isEmpty()) {
      Path patch = SlowedReads.write(folder.resolve("slowed"));
      command.add(
          "SLUICE_JAVA_OPTIONS=" + javaOptions.replace(SlowedReads.FOLDER, patch.toString()));
    }
    command.addAll(List.of(LAUNCHER, "proxy", "--event-loops=2", "--policy=" + policy));
    if (accessLog) {
      command.add("--access-log=" + folder.resolve(pod.name() + "-access.log"));
    }
    command.addAll(options);
    return command;
  }
}
