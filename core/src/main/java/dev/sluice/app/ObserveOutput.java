// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.observe.FlowFilter;
import dev.sluice.observe.FlowJson;
import dev.sluice.observe.FlowRecord;
import dev.sluice.observe.FlowText;
import dev.sluice.observe.Observer;
import dev.sluice.observe.Told;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * Prints the records that are wanted: each as it comes, or the last ones at the end. What was lost
 * is said in the same stream, whatever the filters are. Confined to one thread.
 */
final class ObserveOutput implements Observer.Receiver {
  private final FlowFilter filter;
  private final Form form;
  private final FlowText text;
  private final int last;
  private final PrintStream out;
  private final Deque<FlowRecord> kept = new ArrayDeque<>();

  /** How records are printed. */
  enum Form {
    COMPACT,
    TABLE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Prints the heading, if there is one.
   *
   * @param last how many are kept for the end; 0 to print each as it comes
   */
  ObserveOutput(FlowFilter filter, Form form, FlowText text, int last, PrintStream out) {
    this.filter = filter;
    this.form = form;
    this.text = text;
    this.last = last;
    this.out = out;
    if (form == Form.TABLE) {
      out.print(text.heading());
    }
  }

  @Override
  public void flow(FlowRecord flow, Told told) {
    if (!filter.test(flow)) {
      return;
    }
    if (last == 0) {
      print(flow);
      return;
    }
    kept.add(flow);
    if (kept.size() > last) {
      kept.remove();
    }
  }

  @Override
  public void lost(String what, long count) {
    out.print(
        form == Form.JSON
            ? JsonText.of(json -> FlowJson.writeLost(what, count, json))
            : text.lost(what, count));
  }

  /** Prints what was kept. */
  void finish() {
    kept.forEach(this::print);
    kept.clear();
    out.flush();
  }

  /** Writes out what is buffered; true once that has failed: whoever read has gone. */
  boolean isGone() {
    return out.checkError();
  }

  private void print(FlowRecord flow) {
    out.print(
        switch (form) {
          case COMPACT -> text.compact(flow);
          case TABLE -> text.row(flow);
          case JSON -> JsonText.of(json -> FlowJson.write(flow, json));
        });
  }
}
