// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.StringWriter;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** One JSON document as text, for {@code --json}. */
final class JsonText {
  private JsonText() {}

  /** What {@code body} writes, ended by a line feed. */
  static String of(Consumer<JsonGenerator> body) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      body.accept(json);
    }
    return text.append('\n').toString();
  }
}
