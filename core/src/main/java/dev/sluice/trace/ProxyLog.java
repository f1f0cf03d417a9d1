// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The access log of a running Sluice proxy, found by its command line and variables, read through
 * its own view of the file system. Immutable.
 *
 * @param shown the file as the proxy names it
 * @param file how this process reaches it
 */
record ProxyLog(Holder holder, String shown, Path file) {
  private static final String OPTION = "--access-log";
  private static final String VARIABLE = "SLUICE_ACCESS_LOG=";

  /** No line is that old that the connection could be in it, if this much is behind it. */
  private static final int LOOK_BACK_BYTES = 1 << 20;

  /** The log that this process keeps, if it keeps one in a file. */
  static Optional<ProxyLog> of(Holder holder) {
    Path proc = Path.of("/proc", Long.toString(holder.pid()));
    try {
      return target(words(proc.resolve("cmdline")), words(proc.resolve("environ")))
          .flatMap(target -> at(holder, proc, target));
    } catch (IOException e) {
      return Optional.empty(); // It has ended, or is hidden from us.
    }
  }

  /** What command line and variables name; the command line counts first. */
  static Optional<String> target(List<String> commandLine, List<String> environment) {
    for (int i = commandLine.size() - 1; i >= 0; i--) {
      String word = commandLine.get(i);
      if (word.startsWith(OPTION + "=")) {
        return Optional.of(word.substring(OPTION.length() + 1));
      }
      if (word.equals(OPTION) && i + 1 < commandLine.size()) {
        return Optional.of(commandLine.get(i + 1));
      }
    }
    return environment.stream()
        .filter(variable -> variable.startsWith(VARIABLE))
        .map(variable -> variable.substring(VARIABLE.length()))
        .findFirst();
  }

  private static Optional<ProxyLog> at(Holder holder, Path proc, String target) {
    Path file =
        target.equals("-")
            ? proc.resolve("fd/1")
            : target.startsWith("/")
                ? proc.resolve("root").resolve(target.substring(1))
                : proc.resolve("cwd").resolve(target);
    String shown = target.equals("-") ? "standard output of " + holder : target;
    return Files.isRegularFile(file)
        ? Optional.of(new ProxyLog(holder, shown, file))
        : Optional.empty();
  }

  private static List<String> words(Path file) throws IOException {
    return Arrays.asList(
        new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0", -1));
  }

  /**
   * The lines about connections that were accepted at {@code sinceNanos} or later.
   *
   * @param clocks for their times
   */
  List<ProxyRecord> since(long sinceNanos, Clocks clocks) throws IOException {
    List<ProxyRecord> records = new ArrayList<>();
    for (String line : tail().lines().toList()) {
      Map<String, String> fields = Logfmt.parse(line);
      Optional<Long> accepted = micros(fields.getOrDefault("time", "")).map(clocks::nanos);
      if (accepted.isPresent() && accepted.get() >= sinceNanos) {
        records.add(new ProxyRecord(holder, shown, fields, accepted.get()));
      }
    }
    return records;
  }

  private String tail() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      long begin = Math.max(0, log.length() - LOOK_BACK_BYTES);
      log.seek(begin);
      byte[] bytes = new byte[(int) (log.length() - begin)];
      log.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1);
    }
  }

  private static Optional<Long> micros(String time) {
    try {
      return Optional.of(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(time)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
