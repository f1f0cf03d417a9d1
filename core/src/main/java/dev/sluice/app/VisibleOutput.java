// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.Visible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Text that others have chosen on its way to a terminal, line by line in UTF-8: what would act on
 * the terminal is shown ({@link Visible}). Closing writes a last line that has no end, and leaves
 * the terminal open. Confined to one thread.
 */
final class VisibleOutput extends OutputStream {
  private static final int MOST_BYTES = 1 << 16;
  private static final int TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;

  /** Of /dev/null and its like. */
  private static final long MEMORY_DEVICES = 1;

  private final PrintStream terminal;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  VisibleOutput(PrintStream terminal) {
    this.terminal = terminal;
  }

  /** Standard output, through this if it is a terminal: what goes into a file stays as it is. */
  static PrintStream standard() {
    return isTerminal()
        ? new PrintStream(new VisibleOutput(System.out), false, StandardCharsets.UTF_8)
        : System.out;
  }

  /** The same text for a terminal, its lines kept apart. */
  static String of(String text) {
    return text.lines().map(Visible::of).collect(Collectors.joining("\n"))
        + (text.endsWith("\n") ? "\n" : "");
  }

  /**
   * Whether standard output is one; by its kind, since the name of a terminal of another mount
   * namespace leads nowhere.
   */
  static boolean isTerminal() {
    try {
      Map<String, Object> found =
          Files.readAttributes(Path.of("/proc/self/fd/1"), "unix:mode,rdev");
      return found.get("mode") instanceof Integer mode
          && (mode & TYPE) == CHARACTER_DEVICE
          && found.get("rdev") instanceof Long device
          && (device >> 8 & 0xfff) != MEMORY_DEVICES;
    } catch (IOException e) {
      return true; // To be on the safe side.
    }
  }

  @Override
  public void write(int octet) {
    if (octet == '\n') {
      writeLine();
      terminal.println();
    } else {
      line.write(octet);
      if (line.size() == MOST_BYTES) {
        writeLine();
      }
    }
  }

  private void writeLine() {
    terminal.print(Visible.of(line.toString(StandardCharsets.UTF_8)));
    line.reset();
  }

  @Override
  public void flush() throws IOException {
    if (terminal.checkError()) {
      throw new IOException("standard output is closed");
    }
  }

  @Override
  public void close() throws IOException {
    writeLine();
    flush();
  }
}
