// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A file that lines are appended to, or standard output. Confined to the thread that writes. */
final class LogFile {
  private static final int FILE_TYPE_MASK = 0170000;
  private static final int FIFO = 0010000;

  private final String target;
  private FileChannel channel;
  private boolean lineIsOpen;
  private long linesWritten;

  private LogFile(String target, FileChannel channel) {
    this.target = target;
    this.channel = channel;
  }

  static LogFile open(String target) throws IOException {
    return new LogFile(target, openChannel(target));
  }

  private static FileChannel openChannel(String target) throws IOException {
    if (target.equals("-")) {
      return new FileOutputStream(FileDescriptor.out).getChannel();
    }
    Path path = Path.of(target);
    try {
      return FileChannel.open(path, options(path));
    } catch (IOException e) {
      throw new IOException(
          "opening the access log '"
              + target
              + "' for appending: "
              + e.getClass().getSimpleName()
              + "; expected a file that this user (uid "
              + Files.getAttribute(Path.of("/proc/self"), "unix:uid")
              + ") can write",
          e);
    }
  }

  /**
   * A FIFO is opened for reading too: opening one for writing waits for a reader, and the start of
   * a proxy must not wait for whoever reads its log.
   */
  private static Set<OpenOption> options(Path path) throws IOException {
    if (Files.exists(path)) {
      int mode = (Integer) Files.getAttribute(path, "unix:mode", new LinkOption[0]);
      if ((mode & FILE_TYPE_MASK) == FIFO) {
        return Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
      }
    }
    return Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Writes {@code text}, all of it or an exception. Blocks as long as the file does. */
  void write(CharSequence text) throws IOException {
    if (text.isEmpty()) {
      return;
    }
    // After a write that failed half-way the next line starts on a line of its own.
    String whole = lineIsOpen ? "\n" + text : text.toString();
    ByteBuffer bytes = ByteBuffer.wrap(whole.getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } finally {
      note(bytes.flip());
    }
  }

  /** Complete lines since the start, across every file of that name. */
  long linesWritten() {
    return linesWritten;
  }

  private void note(ByteBuffer written) {
    boolean completesAnOldLine = lineIsOpen;
    while (written.hasRemaining()) {
      lineIsOpen = written.get() != '\n';
      if (!lineIsOpen && !completesAnOldLine) {
        linesWritten++;
      }
      completesAnOldLine = false;
    }
  }

  void reopen() throws IOException {
    if (!target.equals("-")) {
      FileChannel reopened = openChannel(target);
      close();
      channel = reopened;
      lineIsOpen = false;
    }
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Everything was written before; nothing of ours is lost with the descriptor.
    }
  }

  @Override
  public String toString() {
    return target.equals("-") ? "standard output" : "'" + target + "'";
  }
}
