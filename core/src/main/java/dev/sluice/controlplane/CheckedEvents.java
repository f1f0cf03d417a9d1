// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ImplicitTuple;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.parser.Parser;

/**
 * The events of one file on their way to the composer. What a few bytes could turn into much, or
 * into another kind of value than they show, is reported and goes no further: depth, tags, aliases.
 */
final class CheckedEvents implements Parser {
  /** Kubernetes objects are about ten levels deep; composing recurses once a level. */
  static final int MAX_DEPTH = 64;

  private final Parser events;
  private final String file;
  private final ProblemList problems;
  private @Nullable Event peeked;
  private int depth;
  private boolean peekedIsRefused;
  private int refused;

  CheckedEvents(Parser events, String file, ProblemList problems) {
    this.events = events;
    this.file = file;
    this.problems = problems;
  }

  /**
   * How many of the events that were taken are refused; an object with one of them is no use. The
   * composer looks ahead, beyond what it is composing, so what it has only seen isn't counted yet.
   */
  int refused() {
    return refused;
  }

  @Override
  public boolean checkEvent(Event.ID choice) {
    return hasNext() && peekEvent().getEventId() == choice;
  }

  @Override
  public Event peekEvent() {
    Event event = peeked;
    if (event == null) {
      event = checked(events.next());
      peeked = event;
    }
    return event;
  }

  @Override
  public Event next() {
    Event event = peekEvent();
    peeked = null;
    if (peekedIsRefused) {
      refused++;
      peekedIsRefused = false;
    }
    return event;
  }

  @Override
  public boolean hasNext() {
    return peeked != null || events.hasNext();
  }

  private Event checked(Event event) {
    switch (event.getEventId()) {
      case MappingStart, SequenceStart -> {
        checkTag(event, ((CollectionStartEvent) event).getTag());
        depth++;
        if (depth > MAX_DEPTH) {
          refuse(event, "nested too deeply; expected at most " + MAX_DEPTH + " levels");
          throw new TooDeepException();
        }
      }
      case MappingEnd, SequenceEnd -> depth--;
      case Alias -> {
        refuse(event, "an alias is not accepted here; expected the value itself");
        return nothing(event);
      }
      case Scalar -> checkTag(event, ((ScalarEvent) event).getTag());
      case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Comment -> {}
    }
    return event;
  }

  private void checkTag(Event event, Optional<String> tag) {
    tag.ifPresent(name -> refuse(event, "tag " + Quoted.of(name) + " is not accepted here"));
  }

  private void refuse(Event event, String message) {
    peekedIsRefused = true;
    event.getStartMark().ifPresent(mark -> problems.add(file, mark, message));
  }

  /** Stands for an alias, so that the rest can be looked at. */
  private static Event nothing(Event alias) {
    return new ScalarEvent(
        Optional.empty(),
        Optional.empty(),
        new ImplicitTuple(true, false),
        "",
        ScalarStyle.PLAIN,
        alias.getStartMark(),
        alias.getEndMark());
  }

  /** Ends the reading of a file that was refused with its place. */
  static final class TooDeepException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooDeepException() {
      super("nested too deeply", null, false, false);
    }
  }
}
