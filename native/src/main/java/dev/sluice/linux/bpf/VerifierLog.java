// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the kernel's verifier wrote about a program that it refused. Immutable.
 *
 * @param lines all lines that fit the buffer
 */
public record VerifierLog(List<String> lines) {
  private static final Pattern INSTRUCTION = Pattern.compile("^(\\d+): \\(");

  /** The statistics that end every log say nothing about the error. */
  private static final String STATISTICS = "processed ";

  static VerifierLog of(byte[] text) {
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new VerifierLog(
        new String(text, 0, end, StandardCharsets.UTF_8)
            .lines()
            .map(String::stripTrailing)
            .filter(line -> !line.isEmpty())
            .toList());
  }

  /** The last lines before the statistics, which hold the reason; at most {@code most}. */
  public List<String> reason(int most) {
    List<String> telling = lines.stream().filter(line -> !line.startsWith(STATISTICS)).toList();
    return telling.subList(Math.max(0, telling.size() - most), telling.size());
  }

  /** The index of the last instruction that the verifier looked at. */
  public OptionalInt lastInstruction() {
    for (int i = lines.size() - 1; i >= 0; i--) {
      Matcher matcher = INSTRUCTION.matcher(lines.get(i));
      if (matcher.find() && matcher.group(1).length() < 9) {
        return OptionalInt.of(Integer.parseInt(matcher.group(1)));
      }
    }
    return OptionalInt.empty();
  }
}
