// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A running {@code sluice observe --follow}, what it prints going to a file. Killed by close. */
public final class ObserveProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader errors;
  private final Path output;

  private ObserveProcess(Process process, Path output) {
    this.process = process;
    this.errors = process.errorReader(UTF_8);
    this.output = output;
  }

  /** Starts it, and waits until it observes. */
  public static ObserveProcess follow(Path cgroup, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(Checkout.script("sluice"), "observe", "--follow", "-o", "json", "--cgroup"));
    words.add(cgroup.toString());
    words.addAll(List.of(options));
    Path output = Files.createTempFile("observe", ".json");
    ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(output.toFile());
    ObserveProcess observe = new ObserveProcess(builder.start(), output);
    String said = observe.errors.readLine();
    if (said == null || !said.startsWith("sluice observe: observing ")) {
      observe.close();
      throw new IOException("sluice observe said " + said);
    }
    return observe;
  }

  /** Sends it a signal, such as {@code STOP}. */
  void signal(String name) throws IOException {
    Command.of("kill", "-" + name, Long.toString(process.pid())).runOrThrow();
  }

  /** Everything so far. */
  List<Map<String, String>> records() throws IOException {
    String text = Files.readString(output);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(ObserveProcess::parse)
        .toList();
  }

  /**
   * Ends it in order, and gives everything. A shell that runs the tests may have them ignore
   * SIGINT.
   */
  public List<Map<String, String>> end() throws IOException, InterruptedException {
    signal("TERM");
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("sluice observe did not end well: " + process);
    }
    return records();
  }

  private static Map<String, String> parse(String line) {
    Map<String, String> record = new LinkedHashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        record.put(
            name,
            parser.currentToken() == JsonToken.START_ARRAY ? array(parser) : parser.getString());
      }
    }
    return record;
  }

  /** Its strings with commas between them. */
  private static String array(JsonParser parser) {
    List<String> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(parser.getString());
    }
    return String.join(",", values);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    errors.close();
    Files.deleteIfExists(output);
  }
}
