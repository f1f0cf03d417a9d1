// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.ChangeLock;
import dev.sluice.socketlb.PinFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

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

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    try {
      Optional<Path> bpfFileSystem = places.mountedBpfFileSystem();
      List<Path> pins = bpfFileSystem.isPresent() ? remove(bpfFileSystem.get()) : List.of();
      if (json) {
        System.out.print(JsonText.of(out -> write(pins, out)));
        System.out.flush();
        return 0;
      }
      System.err.println(
          PREFIX
              + (pins.isEmpty()
                  ? "nothing of Sluice is pinned"
                  : pins.size() + " pins " + (dryRun ? "would be removed" : "removed")));
      return 0;
    } catch (IOException e) {
      System.err.println(PREFIX + e.getMessage());
      return 1;
    }
  }

  private void write(List<Path> pins, JsonGenerator out) {
    out.writeStartObject();
    out.writeBooleanProperty("dryRun", dryRun);
    out.writeArrayPropertyStart("pins");
    pins.forEach(pin -> out.writeString(pin.toString()));
    out.writeEndArray();
    out.writeEndObject();
  }

  /** Returns the pins that there were. */
  private List<Path> remove(Path bpfFileSystem) throws IOException {
    List<Path> pins = new ArrayList<>();
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      for (PinFolder folder : PinFolder.all(bpfFileSystem)) {
        for (Path pin : folder.pins()) {
          if (!json) {
            System.out.println((dryRun ? "would remove " : "removing ") + pin);
          }
          pins.add(pin);
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
