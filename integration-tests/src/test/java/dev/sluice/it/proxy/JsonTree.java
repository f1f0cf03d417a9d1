// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON object that was parsed; what isn't there is an empty one. Immutable.
 *
 * @param value a map, a list, or the text of anything else
 */
record JsonTree(Object value) {
  static JsonTree parse(String text) {
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      return new JsonTree(read(parser));
    }
  }

  private static Object read(JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, Object> fields = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.put(name, read(parser));
      }
      return fields;
    }
    if (token == JsonToken.START_ARRAY) {
      List<Object> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(read(parser));
      }
      return items;
    }
    return String.valueOf(parser.getString());
  }

  JsonTree at(String... path) {
    Object found = value;
    for (String name : path) {
      found = found instanceof Map<?, ?> map && map.get(name) != null ? map.get(name) : Map.of();
    }
    return new JsonTree(found);
  }

  boolean isMissing() {
    return value instanceof Map<?, ?> map && map.isEmpty();
  }

  List<JsonTree> items() {
    return value instanceof List<?> list
        ? list.stream().map(item -> new JsonTree(item)).toList()
        : List.of();
  }

  /** Empty if it is missing. */
  String text() {
    return isMissing() ? "" : value.toString();
  }
}
