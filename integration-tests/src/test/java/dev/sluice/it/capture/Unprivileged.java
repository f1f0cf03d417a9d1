// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LabProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What {@code /proc} says of a process that must not have any right. */
final class Unprivileged {
  private Unprivileged() {}

  /** Looks at every thread: rights belong to threads. */
  static void assertEveryThread(LabProcess process, long user) throws IOException {
    String ids = "\t" + user + "\t" + user + "\t" + user + "\t" + user;
    List<Path> threads = list(process, "task");
    assertThat(threads).hasSizeGreaterThan(5);
    for (Path thread : threads) {
      List<String> lines = Files.readAllLines(thread.resolve("status"));
      assertThat(lines)
          .filteredOn(line -> line.startsWith("Cap"))
          .hasSize(5)
          .allSatisfy(line -> assertThat(line).endsWith("\t0000000000000000"));
      assertThat(lines).contains("NoNewPrivs:\t1", "Uid:" + ids, "Gid:" + ids, "Groups:\t ");
    }
  }

  /** What the kernel says of each descriptor that is an eBPF object, links and programs too. */
  static List<String> bpfDescriptors(LabProcess process) throws IOException {
    return list(process, "fdinfo").stream()
        .map(Unprivileged::text)
        .filter(text -> text.contains("map_id:") || text.contains("prog_id:"))
        .toList();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static List<Path> list(LabProcess process, String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", "" + process.pid(), folder))) {
      return files.toList();
    }
  }
}
