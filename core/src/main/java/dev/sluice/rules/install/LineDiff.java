// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import java.util.ArrayList;
import java.util.List;

/** Two lists of lines compared, in the form of diff -u with all lines as context. Pure. */
final class LineDiff {
  private final List<String> wanted;
  private final List<String> found;

  /** How many lines from there on are in both, at most: the longest common subsequence. */
  private final int[][] common;

  private LineDiff(List<String> wanted, List<String> found) {
    this.wanted = wanted;
    this.found = found;
    common = new int[wanted.size() + 1][found.size() + 1];
    for (int i = wanted.size() - 1; i >= 0; i--) {
      for (int j = found.size() - 1; j >= 0; j--) {
        common[i][j] =
            wanted.get(i).equals(found.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
  }

  /** A heading, then the lines; nothing if the lists are equal. */
  static List<String> of(String heading, List<String> wanted, List<String> found) {
    if (wanted.equals(found)) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(List.of("@@ " + heading));
    lines.addAll(new LineDiff(wanted, found).lines());
    return lines;
  }

  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < wanted.size() || j < found.size()) {
      if (i < wanted.size() && j < found.size() && wanted.get(i).equals(found.get(j))) {
        lines.add(" " + wanted.get(i));
        i++;
        j++;
      } else if (j == found.size() || (i < wanted.size() && common[i + 1][j] >= common[i][j + 1])) {
        lines.add("-" + wanted.get(i++));
      } else {
        lines.add("+" + found.get(j++));
      }
    }
    return lines;
  }
}
