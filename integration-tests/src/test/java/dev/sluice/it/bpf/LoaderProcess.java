// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfFeatures;
import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Does one thing with the loader in a process of its own, with fewer privileges for example. */
final class LoaderProcess {
  private LoaderProcess() {}

  /** The command that runs {@link #main} behind {@code prefix}. */
  static String[] command(List<String> prefix, String action) {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-Dsluice.home=" + System.getProperty("sluice.home", "..")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(LoaderProcess.class.getName(), action));
    return command.toArray(String[]::new);
  }

  public static void main(String[] arguments) {
    PrintStream output = System.out;
    try {
      switch (arguments[0]) {
        case "load" -> load(output);
        case "mount" -> output.println(BpfFileSystem.findOrMount());
        case "probe" -> output.println(BpfFeatures.program(AttachType.CGROUP_INET4_CONNECT));
        default -> throw new IllegalArgumentException("unknown action " + arguments[0]);
      }
    } catch (IOException e) {
      output.println(e.getMessage());
    }
  }

  private static void load(PrintStream output) throws IOException {
    LoadOptions options = LoadOptions.everything();
    try (BpfCollection loaded = BpfCollection.load(BpfObjectFiles.parse("connect4"), options)) {
      output.println("loaded " + loaded.programs().keySet());
    }
  }
}
