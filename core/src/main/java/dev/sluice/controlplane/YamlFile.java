// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The documents of one YAML file, as nodes that know where they stand. What a file can make us do
 * is bounded: its size, its depth, no tags, and no aliases, so that a few bytes can't stand for
 * millions of nodes.
 */
final class YamlFile {
  /** Kubernetes objects are about ten levels deep; composing recurses once a level. */
  static final int MAX_DEPTH = 64;

  private final String file;
  private final String text;
  private final ProblemList problems;
  private final LoadSettings settings;

  private YamlFile(String file, String text, ProblemList problems) {
    this.file = file;
    this.text = text;
    this.problems = problems;
    this.settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(FileText.MAX_BYTES)
            .setSchema(new WithoutMerge())
            // Refused too, by us, with its place.
            .setAllowNonScalarKeys(true)
            .build();
  }

  /** The documents; empty if the file can't be used, which is reported. */
  static Optional<List<Value>> read(Path path, ProblemList problems) {
    return FileText.read(path, problems)
        .flatMap(text -> new YamlFile(path.toString(), text, problems).documents());
  }

  private Optional<List<Value>> documents() {
    int before = problems.count();
    try {
      checkShape();
      return problems.count() == before ? Optional.of(compose()) : Optional.empty();
    } catch (MarkedYamlEngineException e) {
      String message = "not YAML: " + e.getProblem();
      e.getProblemMark()
          .ifPresentOrElse(
              mark -> problems.add(file, mark, message),
              () -> problems.add(FileText.whole(file, message)));
    } catch (ReaderException e) {
      int offset = text.offsetByCodePoints(0, e.getPosition());
      String character = Quoted.of(Character.toString(e.getCodePoint()));
      problems.add(FileText.at(file, text, offset, "not YAML: control character " + character));
    } catch (YamlEngineException e) {
      problems.add(FileText.whole(file, "not YAML: " + e.getMessage()));
    }
    return Optional.empty();
  }

  private void checkShape() {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> {
          checkTag(event, ((CollectionStartEvent) event).getTag());
          depth++;
          if (depth == MAX_DEPTH + 1) {
            report(event, "nested too deeply; expected at most " + MAX_DEPTH + " levels");
            return;
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        case Alias -> report(event, "an alias is not accepted here; expected the value itself");
        case Scalar -> checkTag(event, ((ScalarEvent) event).getTag());
        case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Comment -> {}
      }
    }
  }

  private void checkTag(Event event, Optional<String> tag) {
    tag.ifPresent(name -> report(event, "tag " + Quoted.of(name) + " is not accepted here"));
  }

  private List<Value> compose() {
    List<Value> documents = new ArrayList<>();
    for (Node node : new Compose(settings).composeAllFromString(text)) {
      documents.add(Value.root(node, file, problems));
    }
    return documents;
  }

  private void report(Event event, String message) {
    event.getStartMark().ifPresent(mark -> problems.add(file, mark, message));
  }

  /** All spellings of null and of numbers, but a key {@code <<} is a name like any other. */
  private static final class WithoutMerge extends CoreSchema {
    @Override
    public ScalarResolver getScalarResolver() {
      return new CoreScalarResolver(false);
    }
  }
}
