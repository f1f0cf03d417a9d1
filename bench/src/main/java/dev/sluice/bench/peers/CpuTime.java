// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Processor time of some cgroups, and of the kernel's threads that do work for others: what the
 * packets of a load cost that no process is charged for. A cgroup's {@code cpu.stat} counts whole
 * processes with children that have ended, in microseconds; {@code stat} of proc_pid_stat(5) would
 * count in hundredths of a second. Immutable.
 *
 * @param programsMicros of the cgroups and all below them
 * @param kernelNanos of each kworker and ksoftirqd, by its process id
 */
record CpuTime(long programsMicros, Map<Long, Long> kernelNanos) {
  CpuTime {
    kernelNanos = Map.copyOf(kernelNanos);
  }

  /** Up to now. */
  static CpuTime of(List<Path> cgroups) throws IOException {
    long micros = 0;
    for (Path cgroup : cgroups) {
      micros += usage(Files.readString(cgroup.resolve("cpu.stat")));
    }
    return new CpuTime(micros, kernelThreads());
  }

  /**
   * Microseconds since then; what ran in threads of the kernel that have ended meanwhile isn't
   * counted.
   */
  double microsSince(CpuTime before) {
    long nanos = 0;
    for (Map.Entry<Long, Long> thread : kernelNanos.entrySet()) {
      nanos += thread.getValue() - before.kernelNanos.getOrDefault(thread.getKey(), 0L);
    }
    return programsMicros - before.programsMicros + nanos / 1e3;
  }

  /** {@code usage_usec} of a {@code cpu.stat}. */
  static long usage(String stat) throws IOException {
    return stat.lines()
        .filter(line -> line.startsWith("usage_usec "))
        .map(line -> Long.parseLong(line.substring("usage_usec ".length())))
        .findFirst()
        .orElseThrow(() -> new IOException("reading cpu.stat: no line usage_usec in: " + stat));
  }

  private static Map<Long, Long> kernelThreads() throws IOException {
    Map<Long, Long> nanos = new HashMap<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        String name = process.getFileName().toString();
        if (Character.isDigit(name.charAt(0))) {
          readKernelThread(process, Long.parseLong(name), nanos);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return nanos;
  }

  /** A process may end between two looks. */
  private static void readKernelThread(Path process, long id, Map<Long, Long> nanos) {
    try {
      String name = Files.readString(process.resolve("comm"));
      if (name.startsWith("kworker/") || name.startsWith("ksoftirqd/")) {
        String times = Files.readString(process.resolve("schedstat"));
        nanos.put(id, Long.parseLong(times.substring(0, times.indexOf(' '))));
      }
    } catch (IOException e) {
      nanos.remove(id);
    }
  }
}
