// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The documents of one YAML file, as nodes that know where they stand. What a file can make us do
 * is bounded: its size, its depth, and no aliases, so that a few bytes can't stand for millions of
 * nodes.
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
        LoadSettings.builder().setLabel(file).setCodePointLimit(FileText.MAX_BYTES).build();
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
          depth++;
          if (depth == MAX_DEPTH + 1) {
            report(event, "nested too deeply; expected at most " + MAX_DEPTH + " levels");
            return;
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        case Alias -> report(event, "an alias is not accepted here; expected the value itself");
        case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Scalar, Comment -> {}
      }
    }
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
}
