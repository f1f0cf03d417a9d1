// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.rules.MarkBits;
import dev.sluice.rules.PortRange;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The words of one rule, read from the left. Whatever isn't as expected is an {@link
 * IllegalArgumentException}, an end that comes too early a {@link NoSuchElementException}.
 * Single-threaded.
 */
final class RuleWords {
  private final Deque<String> words;

  private RuleWords(Deque<String> words) {
    this.words = words;
  }

  static RuleWords of(String rule) {
    return new RuleWords(new ArrayDeque<>(List.of(rule.split(" ", -1))));
  }

  static IllegalArgumentException unknown(String word) {
    return new IllegalArgumentException("word '" + word + "'; expected what programs use");
  }

  String next() {
    return words.remove();
  }

  boolean isEmpty() {
    return words.isEmpty();
  }

  void expect(String word) {
    String found = next();
    if (!found.equals(word)) {
      throw unknown(found);
    }
  }

  void expectEnd() {
    if (!isEmpty()) {
      throw unknown(next());
    }
  }

  int number() {
    return Integer.parseInt(next());
  }

  /** {@code 80} or {@code 8000:8010}. */
  PortRange ports() {
    return ports(next());
  }

  /** Parted by commas. */
  List<PortRange> portList() {
    return List.of(next().split(",", -1)).stream().map(RuleWords::ports).toList();
  }

  /** {@code 0x539} or {@code 0x539/0xfff}; decimal digits are read too. */
  MarkBits bits() {
    String text = next();
    int slash = text.indexOf('/');
    return slash < 0
        ? MarkBits.of(unsigned(text))
        : new MarkBits(unsigned(text.substring(0, slash)), unsigned(text.substring(slash + 1)));
  }

  /** Marks of which all bits count. */
  int wholeMark() {
    MarkBits bits = bits();
    if (bits.mask() != MarkBits.ALL) {
      throw unknown(bits.toString());
    }
    return bits.value();
  }

  private static int unsigned(String text) {
    return text.startsWith("0x")
        ? Integer.parseUnsignedInt(text.substring(2), 16)
        : Integer.parseUnsignedInt(text);
  }

  private static PortRange ports(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? PortRange.of(Integer.parseInt(text))
        : new PortRange(
            Integer.parseInt(text.substring(0, colon)),
            Integer.parseInt(text.substring(colon + 1)));
  }
}
