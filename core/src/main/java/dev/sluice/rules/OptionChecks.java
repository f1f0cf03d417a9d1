// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Checks of single values, each of which adds a line for people if something is wrong. */
final class OptionChecks {
  /** The highest id of a user or group; one more means none to the kernel. */
  static final long HIGHEST_ID = 4_294_967_294L;

  /** Each entry becomes a rule, which the kernel walks for every new connection. */
  static final int LONGEST_LIST = 1000;

  private OptionChecks() {}

  static void port(String what, int port, List<String> problems) {
    if (port < 1 || port > 65535) {
      problems.add(what + " " + port + "; expected 1 to 65535");
    }
  }

  static void ids(String what, List<Long> ids, List<String> problems) {
    length(what + "s", ids, problems);
    for (long id : ids) {
      if (id < 0 || id > HIGHEST_ID) {
        problems.add(what + " " + id + "; expected 0 to " + HIGHEST_ID);
      }
    }
  }

  static void length(String what, List<?> list, List<String> problems) {
    if (list.size() > LONGEST_LIST) {
      problems.add("%d %s; expected at most %d".formatted(list.size(), what, LONGEST_LIST));
    }
  }

  /**
   * What the kernel takes for a name (dev_valid_name in net/core/dev.c), and iptables for a prefix.
   */
  static void interfaceName(String what, String name, List<String> problems) {
    boolean characters =
        name.chars()
            .allMatch(c -> c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '"' && c != '\\');
    if (name.isEmpty() || name.length() > 15 || !characters || name.matches("[!+-].*|\\.{1,2}")) {
      problems.add(
          what
              + " '"
              + name
              + "'; expected the name of one, of at most 15 printable characters without blanks");
    }
  }
}
