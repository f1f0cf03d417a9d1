// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.model.IpLiteral;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A line of a proxy's {@code access_log.sock}. */
public sealed interface ProxyLine {
  /**
   * A connection that went through the proxy and has ended.
   *
   * @param socket where the proxy told of it
   * @param client who connected to the proxy
   * @param destination where the client was going
   * @param upstream the proxy's own connection; empty if it made none
   * @param entry how the proxy got hold of it
   * @param words the rest, in the access log's words
   * @param span when, and how much
   */
  record Passed(
      Path socket,
      InetSocketAddress client,
      InetSocketAddress destination,
      Optional<Leg> upstream,
      Entry entry,
      Words words,
      Span span)
      implements ProxyLine {
    /** Whether a policy is why it ended. */
    boolean isDenied() {
      return words.outcome().equals("policy_denied");
    }

    /** Whether the client came from outside of the proxy's pod. */
    boolean inbound() {
      return entry.inbound();
    }

    /** Whether it got to where it was going. */
    boolean isForwarded() {
      return upstream.flatMap(Leg::source).isPresent();
    }
  }

  /**
   * How a proxy got hold of a connection.
   *
   * @param inbound whether the client came from outside of the proxy's pod
   * @param interception empty if the line doesn't tell, as of another version
   */
  record Entry(boolean inbound, Optional<InterceptionMode> interception) {}

  /**
   * What the proxy says in words; empty if it says nothing.
   *
   * @param outcome how it ended
   * @param detail for people
   * @param path which way was chosen for it
   * @param reason why that one
   */
  record Words(String outcome, String detail, String path, String reason) {}

  /**
   * The proxy's own connection.
   *
   * @param source empty if it did not come about
   */
  record Leg(Optional<InetSocketAddress> source, InetSocketAddress backend) {}

  /**
   * When, and how much.
   *
   * @param epochMillis when it was accepted
   * @param micros how long it lasted
   * @param received from the client, bytes
   * @param sent to the client, bytes
   */
  record Span(long epochMillis, long micros, long received, long sent) {}

  /**
   * Lines that the proxy could not deliver.
   *
   * @param lines how many
   */
  record Lost(long lines) implements ProxyLine {}

  /**
   * Empty if it is neither: of another version, or damaged.
   *
   * @param socket where it came from
   */
  static Optional<ProxyLine> parse(Path socket, String json) {
    try {
      return of(socket, members(json));
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<ProxyLine> of(Path socket, Map<String, String> line) {
    if (line.containsKey("sluice.lost")) {
      return Optional.of(new Lost(number(line, "sluice.lost")));
    }
    Optional<InetSocketAddress> client = address(line, "downstream_remote_address");
    Optional<InetSocketAddress> destination = address(line, "downstream_local_address");
    if (client.isEmpty() || destination.isEmpty()) {
      return Optional.empty();
    }
    Optional<InetSocketAddress> source = address(line, "upstream_local_address");
    return Optional.of(
        new Passed(
            socket,
            client.get(),
            destination.get(),
            address(line, "upstream_host").map(backend -> new Leg(source, backend)),
            new Entry(
                "inbound".equalsIgnoreCase(line.getOrDefault("sluice.direction", "")),
                interception(line.getOrDefault("sluice.mode", ""))),
            words(line),
            new Span(
                Instant.parse(line.getOrDefault("start_time", "")).toEpochMilli(),
                number(line, "sluice.duration_us"),
                number(line, "bytes_received"),
                number(line, "bytes_sent"))));
  }

  private static Optional<InterceptionMode> interception(String word) {
    return Arrays.stream(InterceptionMode.values())
        .filter(mode -> mode.name().equalsIgnoreCase(word))
        .findFirst();
  }

  private static Words words(Map<String, String> line) {
    return new Words(
        line.getOrDefault("sluice.outcome", ""),
        line.getOrDefault("sluice.detail", ""),
        line.getOrDefault("sluice.path", ""),
        line.getOrDefault("sluice.path_reason", ""));
  }

  /** Members of the object by name, those of an inner one behind its name and a dot. */
  private static Map<String, String> members(String json) {
    Map<String, String> members = new HashMap<>();
    String prefix = "";
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken at = parser.nextToken(); at != null; at = parser.nextToken()) {
        switch (at) {
          case START_OBJECT ->
              prefix = parser.currentName() == null ? "" : parser.currentName() + ".";
          case END_OBJECT -> prefix = "";
          case VALUE_STRING, VALUE_NUMBER_INT ->
              members.put(prefix + parser.currentName(), parser.getString());
          default -> {}
        }
      }
    }
    return members;
  }

  private static long number(Map<String, String> line, String name) {
    return Long.parseLong(line.getOrDefault(name, "0"));
  }

  private static Optional<InetSocketAddress> address(Map<String, String> line, String name) {
    String text = line.getOrDefault(name, "");
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    return Optional.of(
        new InetSocketAddress(IpLiteral.parse(host), Integer.parseInt(text.substring(colon + 1))));
  }
}
