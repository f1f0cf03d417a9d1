// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The characters of one file: bounded, strictly UTF-8, and able to say where one of them stands.
 */
final class FileText {
  /** More than any cluster's services and policies; less than what would hurt. */
  static final int MAX_BYTES = 16 << 20;

  private FileText() {}

  /** The text without a byte order mark; empty if it can't be had, which is reported. */
  static Optional<String> read(Path path, ProblemList problems) {
    String file = path.toString();
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return decode(bytes, file, problems);
      }
      problems.add(whole(file, "the file is too long; expected at most " + MAX_BYTES + " bytes"));
    } catch (NoSuchFileException e) {
      problems.add(whole(file, "the file does not exist"));
    } catch (AccessDeniedException e) {
      problems.add(whole(file, "reading the file: permission denied"));
    } catch (IOException e) {
      problems.add(whole(file, "reading the file: " + e.getMessage()));
    }
    return Optional.empty();
  }

  /** A problem that has no place in the file. */
  static Problem whole(String file, String message) {
    return new Problem(file, 1, 1, message);
  }

  /** A problem at the character with index {@code offset}. */
  static Problem at(String file, String text, int offset, String message) {
    int lineStart = text.lastIndexOf('\n', offset - 1) + 1;
    int line = 1 + (int) text.chars().limit(lineStart).filter(c -> c == '\n').count();
    return new Problem(file, line, 1 + text.codePointCount(lineStart, offset), message);
  }

  private static Optional<String> decode(byte[] bytes, String file, ProblemList problems) {
    CharBuffer characters = CharBuffer.allocate(bytes.length);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(bytes), characters, true);
    String text = characters.flip().toString();
    if (result.isError()) {
      problems.add(at(file, text, text.length(), "the bytes here are not UTF-8"));
      return Optional.empty();
    }
    return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
  }
}
