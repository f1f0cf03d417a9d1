// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Composes documents, but hands over the {@code items} of one as it comes to them and leaves their
 * list empty: what a cluster prints of itself is one document of a single list, and need not be in
 * memory as a whole.
 */
final class DocumentComposer extends Composer {
  /** Gets each item as soon as it is complete. */
  interface ItemReader {
    /** Reads the item with this index, of which no event was refused. */
    void read(int index, Node item);
  }

  private final CheckedEvents events;
  private final ItemReader reader;
  private int level;
  private boolean atItems;
  private int items;

  DocumentComposer(LoadSettings settings, CheckedEvents events, ItemReader reader) {
    super(settings, events);
    this.events = events;
    this.reader = reader;
  }

  /** How many items the last document had. */
  int items() {
    return items;
  }

  @Override
  public Node next() {
    items = 0;
    return super.next();
  }

  @Override
  protected Node composeMappingNode(Optional<Anchor> anchor) {
    level++;
    Node mapping = super.composeMappingNode(anchor);
    level--;
    return mapping;
  }

  @Override
  protected SequenceNode composeSequenceNode(Optional<Anchor> anchor) {
    level++;
    SequenceNode sequence = super.composeSequenceNode(anchor);
    level--;
    return sequence;
  }

  @Override
  protected Node composeKeyNode(MappingNode mapping) {
    Node key = super.composeKeyNode(mapping);
    atItems = level == 1 && key instanceof ScalarNode name && name.getValue().equals("items");
    return key;
  }

  @Override
  protected Node composeValueNode(MappingNode mapping) {
    boolean list = atItems && parser.checkEvent(Event.ID.SequenceStart);
    return list ? handOverItems(mapping) : super.composeValueNode(mapping);
  }

  private Node handOverItems(MappingNode document) {
    atItems = false;
    Event start = parser.next();
    int refused = events.refused();
    while (!parser.checkEvent(Event.ID.SequenceEnd)) {
      Node item = super.composeValueNode(document);
      if (events.refused() == refused) {
        reader.read(items, item);
      }
      items++;
      refused = events.refused();
    }
    Event end = parser.next();
    return new SequenceNode(
        Tag.SEQ, true, List.of(), FlowStyle.BLOCK, start.getStartMark(), end.getEndMark());
  }
}
