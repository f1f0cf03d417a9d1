// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One thing that is wrong. Immutable.
 *
 * @param fault which kind
 * @param what was found, with the values
 * @param follows from it, for connections
 * @param fix what puts it right
 */
public record Finding(Fault fault, String what, String follows, Fix fix) {
  /**
   * One word to every shell, at a terminal too. {@code '*'} is the one quoted word that Sluice
   * writes; {@code !} is no reference to a former line where it stands alone.
   */
  private static final Pattern PLAIN = Pattern.compile("'\\*'|!|[A-Za-z0-9_./:@%+=,-]+");

  /** A terminal is shown the control characters that names of a pod may hold, and acts on none. */
  public Finding {
    what = Visible.of(what);
  }

  /** What puts it right. */
  public sealed interface Fix {
    /** In one line. */
    String text();

    /**
     * {@code line} to be run, if a shell takes each of {@code foreign}, which are parts of it, for
     * nothing but one word. Whoever controls a pod chooses some of them, and could have chosen them
     * to be run.
     */
    static Fix of(String line, List<String> foreign) {
      return foreign.stream().allMatch(word -> PLAIN.matcher(word).matches())
          ? new Run(line)
          : new Ask(
              "what a pod has named holds characters that a shell would act upon, so this is no"
                  + " line to be run: "
                  + line);
    }

    /**
     * A line for a shell of root, which can be run as it is.
     *
     * @param text the line
     */
    record Run(String text) implements Fix {}

    /**
     * What only somebody else can do, or with values that aren't known here.
     *
     * @param text in words
     */
    record Ask(String text) implements Fix {
      /** Control characters, which names of a pod may hold, are shown. */
      public Ask {
        text = Visible.of(text);
      }
    }
  }
}
