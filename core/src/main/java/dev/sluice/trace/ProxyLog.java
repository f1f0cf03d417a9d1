// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.OpenedPath;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The access log of a running Sluice proxy, found by its command line and variables. Those are the
 * proxy's to choose, so the file is looked for inside its own root folder alone, and nothing but a
 * regular file is opened. Confined to one thread.
 *
 * @param shown the file as the proxy names it
 * @param file held, so that it stays the same one
 */
record ProxyLog(Holder holder, String shown, OpenedPath file) implements ProxySource {
  private static final String OPTION = "--access-log";
  private static final String VARIABLE = "SLUICE_ACCESS_LOG=";

  /** No line is that old that the connection could be in it, if this much is behind it. */
  private static final int LOOK_BACK_BYTES = 1 << 20;

  /** The log that this process keeps, if it keeps one in a file; to be closed. */
  static Optional<ProxyLog> of(Holder holder) {
    Optional<String> target = target(holder);
    try {
      return target.isEmpty() ? Optional.empty() : at(holder, proc(holder), target.get());
    } catch (IOException e) {
      return Optional.empty(); // It has ended, or there is no such file for it.
    }
  }

  /** Where it keeps one, in its own words. */
  static Optional<String> target(Holder holder) {
    try {
      return target(words(proc(holder).resolve("cmdline")), words(proc(holder).resolve("environ")));
    } catch (IOException e) {
      return Optional.empty(); // It has ended, or is hidden from us.
    }
  }

  private static Path proc(Holder holder) {
    return Path.of("/proc", Long.toString(holder.pid()));
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

  private static Optional<ProxyLog> at(Holder holder, Path proc, String target) throws IOException {
    if (target.equals("-")) {
      return regular(holder, "standard output", OpenedPath.of(proc.resolve("fd/1")));
    }
    String absolute = target.startsWith("/") ? target : folder(proc) + "/" + target;
    return regular(holder, target, OpenedPath.inside(proc.resolve("root"), absolute));
  }

  /** Where it works, as it would name that itself. */
  private static String folder(Path proc) throws IOException {
    Path root = Files.readSymbolicLink(proc.resolve("root"));
    Path folder = Files.readSymbolicLink(proc.resolve("cwd"));
    if (!folder.startsWith(root)) {
      throw new IOException(folder + " is outside the root folder " + root);
    }
    return "/" + root.relativize(folder);
  }

  static Optional<ProxyLog> regular(Holder holder, String shown, OpenedPath found)
      throws IOException {
    if (Files.isRegularFile(found.path())) {
      return Optional.of(new ProxyLog(holder, shown, found));
    }
    found.close();
    return Optional.empty();
  }

  private static List<String> words(Path file) throws IOException {
    return Arrays.asList(
        new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0", -1));
  }

  @Override
  public List<ProxyRecord> since(long sinceNanos, Clocks clocks) throws IOException {
    List<ProxyRecord> records = new ArrayList<>();
    for (String line : tail().lines().toList()) {
      LogLine.read(line)
          .filter(fields -> fields.isSince(sinceNanos, clocks))
          .ifPresent(
              fields ->
                  records.add(
                      new ProxyRecord(
                          holder, "access log " + shown, fields.values(), fields.nanos(clocks))));
    }
    return records;
  }

  private String tail() throws IOException {
    try (RandomAccessFile log = new RandomAccessFile(file.path().toFile(), "r")) {
      // It may grow, or be cut, meanwhile: no more is read than there was now, or less.
      long length = log.length();
      byte[] bytes = new byte[(int) Math.min(length, LOOK_BACK_BYTES)];
      log.seek(length - bytes.length);
      int filled = 0;
      int read = 0;
      while (filled < bytes.length && read >= 0) {
        filled += read;
        read = log.read(bytes, filled, bytes.length - filled);
      }
      String text = new String(bytes, 0, filled, StandardCharsets.UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
