// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.ChangeLock;
import dev.sluice.socketlb.PinFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice uninstall}. */
@Command(
    name = "uninstall",
    mixinStandardHelpOptions = true,
    description = {
      "Detaches and removes every eBPF program, link, map and pin of Sluice, and nothing else.",
      "Rules of netfilter belong to a network namespace: 'sluice init --cleanup' removes those.",
      "Example: sluice uninstall --dry-run"
    })
final class UninstallCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice uninstall: ";

  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(names = "--dry-run", description = "Print what would be removed, and remove nothing.")
  private boolean dryRun;

  @Override
  public Integer call() {
    try {
      Optional<Path> bpfFileSystem = places.mountedBpfFileSystem();
      int pins = bpfFileSystem.isPresent() ? remove(bpfFileSystem.get()) : 0;
      System.err.println(
          PREFIX
              + (pins == 0
                  ? "nothing of Sluice is pinned"
                  : pins + " pins " + (dryRun ? "would be removed" : "removed")));
      return 0;
    } catch (IOException e) {
      System.err.println(PREFIX + e.getMessage());
      return 1;
    }
  }

  /** Returns how many pins there were. */
  private int remove(Path bpfFileSystem) throws IOException {
    int pins = 0;
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      for (PinFolder folder : PinFolder.all(bpfFileSystem)) {
        for (Path pin : folder.pins()) {
          System.out.println((dryRun ? "would remove " : "removing ") + pin);
          pins++;
        }
        if (!dryRun) {
          folder.remove();
        }
      }
    }
    System.out.flush();
    return pins;
  }
}
