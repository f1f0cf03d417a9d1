// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The documents of one YAML file, as nodes that know where they stand. What a file can make us do
 * is bounded: by its size, and by what {@link CheckedEvents} lets pass.
 */
final class YamlFile {
  private final String file;
  private final FileText text;
  private final ProblemList problems;
  private final LoadSettings settings;

  private YamlFile(String file, FileText text, ProblemList problems) {
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

  /**
   * Hands over one object after the other, so that only one is in memory as nodes. An object of
   * which an event was refused is left out.
   *
   * @return whether that was all of them; if not, it was reported why
   */
  static boolean read(Path path, ProblemList problems, ObjectReader reader) {
    Optional<FileText> text = FileText.read(path, problems);
    return text.isPresent() && new YamlFile(path.toString(), text.get(), problems).handOver(reader);
  }

  private boolean handOver(ObjectReader reader) {
    try {
      return compose(reader);
    } catch (CheckedEvents.TooDeepException e) {
      return false;
    } catch (MarkedYamlEngineException e) {
      String message = "not YAML: " + e.getProblem();
      e.getProblemMark()
          .ifPresentOrElse(
              mark -> problems.add(file, mark, message),
              () -> problems.add(FileText.whole(file, message)));
    } catch (ReaderException e) {
      String character = Quoted.of(Character.toString(e.getCodePoint()));
      problems.add(text.at(e.getPosition(), "not YAML: control character " + character));
    } catch (YamlEngineException e) {
      problems.add(FileText.whole(file, "not YAML: " + e.getMessage()));
    }
    return false;
  }

  private boolean compose(ObjectReader reader) {
    StreamReader characters = new StreamReader(settings, text.reader());
    CheckedEvents events = new CheckedEvents(new ParserImpl(settings, characters), file, problems);
    DocumentComposer documents =
        new DocumentComposer(
            settings,
            events,
            (index, item) ->
                reader.readItem(new Value("items[" + index + "]", item, file, problems)));
    while (documents.hasNext()) {
      int refused = events.refused();
      Node node = documents.next();
      if (events.refused() == refused) {
        reader.read(Value.root(node, file, problems), documents.items());
      }
    }
    return events.refused() == 0;
  }

  /** All spellings of null and of numbers, but a key {@code <<} is a name like any other. */
  private static final class WithoutMerge extends CoreSchema {
    @Override
    public ScalarResolver getScalarResolver() {
      return new CoreScalarResolver(false);
    }
  }
}
