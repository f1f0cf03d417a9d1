// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

/**
 * Metrics as Prometheus reads them: <a
 * href="https://prometheus.io/docs/instrumenting/exposition_formats/">text format 0.0.4</a>.
 * Confined to one thread.
 */
public final class Exposition {
  private final StringBuilder text = new StringBuilder(8192);

  /** Nothing yet. */
  public Exposition() {}

  /** What a family of metrics is. */
  public enum Type {
    /** Only grows. */
    COUNTER,
    /** Goes up and down. */
    GAUGE
  }

  /** Begins a family; its samples follow. */
  public Exposition family(String name, Type type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help);
    text.append("\n# TYPE ").append(name).append(' ');
    text.append(
            switch (type) {
              case COUNTER -> "counter";
              case GAUGE -> "gauge";
            })
        .append('\n');
    return this;
  }

  /**
   * One sample.
   *
   * @param labels a name, its value, a name, ...
   */
  public Exposition sample(String name, long value, String... labels) {
    head(name, labels);
    text.append(value).append('\n');
    return this;
  }

  /**
   * One sample of a time, written in seconds.
   *
   * @param micros microseconds, not negative
   * @param labels a name, its value, a name, ...
   */
  public Exposition seconds(String name, long micros, String... labels) {
    head(name, labels);
    String fraction = Long.toString(micros % 1_000_000);
    text.append(micros / 1_000_000).append('.');
    text.repeat('0', 6 - fraction.length()).append(fraction).append('\n');
    return this;
  }

  private void head(String name, String... labels) {
    text.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      escape(labels[i + 1]);
      text.append('"');
    }
    text.append(labels.length == 0 ? " " : "} ");
  }

  /** A family of one sample without labels. */
  public Exposition single(String name, Type type, String help, long value) {
    return family(name, type, help).sample(name, value);
  }

  private void escape(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }

  /** All of it. */
  @Override
  public String toString() {
    return text.toString();
  }
}
