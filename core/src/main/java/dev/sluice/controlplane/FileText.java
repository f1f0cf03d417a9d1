// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
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
 * Kept as bytes; as characters only while somebody reads them.
 */
final class FileText {
  /** More than 10,000 services with 50,000 endpoints; less than what would hurt. */
  static final int MAX_BYTES = 32 << 20;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
  private static final int CHUNK = 1 << 13;

  private final String file;
  private final byte[] bytes;
  private final int start;

  private FileText(String file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
    this.start = startsWithMark(bytes) ? BYTE_ORDER_MARK.length : 0;
  }

  /** The text; empty if it can't be had, which is reported. */
  static Optional<FileText> read(Path path, ProblemList problems) {
    String file = path.toString();
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return new FileText(file, bytes).checked(problems);
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

  /** The characters, without a byte order mark. */
  Reader reader() {
    return new InputStreamReader(
        new ByteArrayInputStream(bytes, start, bytes.length - start), StandardCharsets.UTF_8);
  }

  /** A problem at the character with index {@code offset}, counted in code points. */
  Problem at(int offset, String message) {
    String text = textUntil(bytes.length);
    return behind(text.substring(0, text.offsetByCodePoints(0, offset)), message);
  }

  private Optional<FileText> checked(ProblemList problems) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(CHUNK);
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow()) {
      result = decoder.decode(in, out.clear(), true);
    }
    if (result.isError()) {
      problems.add(behind(textUntil(in.position()), "the bytes here are not UTF-8"));
      return Optional.empty();
    }
    return Optional.of(this);
  }

  private String textUntil(int end) {
    return new String(bytes, start, Math.max(0, end - start), StandardCharsets.UTF_8);
  }

  private Problem behind(String text, String message) {
    int lineStart = text.lastIndexOf('\n') + 1;
    int line = 1 + (int) text.chars().limit(lineStart).filter(c -> c == '\n').count();
    return new Problem(file, line, 1 + text.codePointCount(lineStart, text.length()), message);
  }

  private static boolean startsWithMark(byte[] bytes) {
    return ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, BYTE_ORDER_MARK.length))
        .equals(ByteBuffer.wrap(BYTE_ORDER_MARK));
  }
}
