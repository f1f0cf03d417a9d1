// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.StringWriter;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** One JSON document as text, for {@code --json}. */
final class JsonText {
  /** What a terminal may obey, and JSON does not escape by itself; only strings can have it. */
  private static final Pattern CONTROLS = Pattern.compile("[\\u007f-\\u009f\\p{Cf}]");

  private JsonText() {}

  /** What {@code body} writes, ended by a line feed. */
  static String of(Consumer<JsonGenerator> body) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      body.accept(json);
    }
    return escaped(text.append('\n').toString());
  }

  private static String escaped(String text) {
    return CONTROLS
        .matcher(text)
        .replaceAll(
            found -> {
              StringBuilder escapes = new StringBuilder();
              found.group().chars().forEach(unit -> escapes.append("\\\\u%04x".formatted(unit)));
              return escapes.toString();
            });
  }
}
