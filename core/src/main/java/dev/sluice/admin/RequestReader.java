// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request of <a href="https://www.rfc-editor.org/rfc/rfc9112">HTTP/1.1</a> from bytes
 * that come in any pieces. What the standard says must be refused is refused; a body is read and
 * thrown away. Confined to one thread; holds {@link #MOST_BYTES} at most.
 */
final class RequestReader {
  /** Of head and body together. */
  static final int MOST_BYTES = 8192;

  private byte[] bytes = new byte[512];
  private int count;

  /** How far it is. */
  sealed interface State {
    /** More bytes are needed. */
    record Incomplete() implements State {}

    /** All of it is here. */
    record Complete(HttpRequest request) implements State {}

    /** It can't be answered as asked. */
    record Refused(HttpResponse response) implements State {}
  }

  /** Takes the next bytes. */
  State take(byte[] more) {
    if (count + more.length > MOST_BYTES) {
      return refused(431, "the request is longer than " + MOST_BYTES + " bytes");
    }
    if (count + more.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, MOST_BYTES);
    }
    System.arraycopy(more, 0, bytes, count, more.length);
    count += more.length;
    // Every byte is one character, so that positions in the text are positions in the bytes.
    String text = new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return new State.Incomplete();
    }
    return head(List.of(text.substring(0, end).split("\r\n", -1)), count - end - 4);
  }

  private static State head(List<String> lines, int bodyBytes) {
    String[] words = lines.getFirst().split(" ", -1);
    if (words.length != 3
        || !words[2].matches("HTTP/1\\.[01]")
        || !words[0].matches("[A-Z]{1,16}")) {
      return refused(400, "the first line is none of HTTP/1.1");
    }
    if (!words[1].startsWith("/") || !words[1].chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      return refused(400, "the target is no path");
    }
    Map<String, String> headers = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      @Nullable String problem = header(line, headers);
      if (problem != null) {
        return refused(400, problem);
      }
    }
    if (words[2].endsWith("1") && !headers.containsKey("host")) {
      return refused(400, "there is no Host");
    }
    return body(words[0], words[1], headers, bodyBytes);
  }

  /** Null if it is right. */
  private static @Nullable String header(String line, Map<String, String> headers) {
    int colon = line.indexOf(':');
    if (colon < 1 || !line.substring(0, colon).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      return "a header has no name";
    }
    String value = line.substring(colon + 1).strip();
    if (!value.chars().allMatch(c -> (c >= ' ' && c != 0x7f) || c == '\t')) {
      return "a header has a control character";
    }
    String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
    boolean again = headers.put(name, value) != null;
    return again && List.of("host", "origin", "content-length", "transfer-encoding").contains(name)
        ? name + " is given twice"
        : null;
  }

  private static State body(
      String method, String target, Map<String, String> headers, int bodyBytes) {
    if (headers.containsKey("transfer-encoding")) {
      return refused(400, "transfer-encoding isn't supported; expected content-length or no body");
    }
    String length = headers.getOrDefault("content-length", "0");
    if (!length.matches("\\d{1,9}")) {
      return refused(400, "content-length is no number");
    }
    int expected = Integer.parseInt(length);
    if (expected > MOST_BYTES) {
      return refused(413, "the body is longer than " + MOST_BYTES + " bytes");
    }
    if (bodyBytes < expected) {
      return new State.Incomplete();
    }
    try {
      int question = target.indexOf('?');
      String path = question < 0 ? target : target.substring(0, question);
      String query = question < 0 ? "" : target.substring(question + 1);
      return new State.Complete(
          new HttpRequest(
              method,
              path,
              query(query),
              Optional.ofNullable(headers.get("host")),
              Optional.ofNullable(headers.get("origin"))));
    } catch (IllegalArgumentException e) {
      return refused(400, "the query isn't encoded");
    }
  }

  private static Map<String, String> query(String text) {
    Map<String, String> query = new HashMap<>();
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      query.put(decoded(name), equals < 0 ? "" : decoded(pair.substring(equals + 1)));
    }
    query.remove("");
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static State refused(int status, String why) {
    return new State.Refused(HttpResponse.text(status, why));
  }
}
