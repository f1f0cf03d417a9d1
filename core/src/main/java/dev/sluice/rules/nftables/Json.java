// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON value, whole in memory: what {@code nft -j} prints of our tables is small. Its text is for
 * people. Immutable.
 */
sealed interface Json {
  /** An object, in the order of its text. */
  record Fields(Map<String, Json> byName) implements Json {
    @Override
    public String toString() {
      return byName.entrySet().stream()
          .map(member -> new Text(member.getKey()) + ": " + member.getValue())
          .collect(Collectors.joining(", ", "{", "}"));
    }
  }

  /** An array. */
  record Items(List<Json> all) implements Json {
    @Override
    public String toString() {
      return all.toString();
    }
  }

  /** A string. */
  record Text(String value) implements Json {
    @Override
    public String toString() {
      return '"' + value + '"';
    }
  }

  /** A whole number. */
  record Whole(long value) implements Json {
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /** Anything else, which nft uses only where nothing is to be said. */
  record Nothing() implements Json {
    @Override
    public String toString() {
      return "null";
    }
  }

  /** That member of an object; nothing if this is none, or has none of that name. */
  default Json at(String name) {
    return this instanceof Fields(Map<String, Json> byName) && byName.containsKey(name)
        ? byName.getOrDefault(name, new Nothing())
        : new Nothing();
  }

  /** Whether this is an object with that member, of whatever value. */
  default boolean has(String name) {
    return this instanceof Fields(Map<String, Json> byName) && byName.containsKey(name);
  }

  /** The elements of an array; a value that is none is the only one. */
  default List<Json> items() {
    return this instanceof Items(List<Json> all) ? all : List.of(this);
  }

  /** The string, if this is one. */
  default Optional<String> text() {
    return this instanceof Text(String value) ? Optional.of(value) : Optional.empty();
  }

  /** The number, if this is one. */
  default OptionalLong whole() {
    return this instanceof Whole(long value) ? OptionalLong.of(value) : OptionalLong.empty();
  }

  /**
   * Reads one value; what follows it isn't looked at.
   *
   * @throws IllegalArgumentException if the text is no JSON
   */
  static Json parse(String text) {
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      return value(parser);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Json value(JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IllegalArgumentException("not JSON: it ends too early");
    }
    return switch (token) {
      case START_OBJECT -> fields(parser);
      case START_ARRAY -> items(parser);
      case VALUE_STRING -> new Text(parser.getString());
      case VALUE_NUMBER_INT -> new Whole(parser.getLongValue());
      default -> new Nothing();
    };
  }

  private static Fields fields(JsonParser parser) {
    Map<String, Json> byName = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      byName.put(name, value(parser));
    }
    return new Fields(byName);
  }

  private static Items items(JsonParser parser) {
    List<Json> all = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      all.add(value(parser));
    }
    return new Items(all);
  }
}
