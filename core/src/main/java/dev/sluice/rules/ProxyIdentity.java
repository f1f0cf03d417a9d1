// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * How rules know the proxy's own packets, which are never captured. Immutable.
 *
 * @param users ids of the proxy's users, 0 to 4294967294, at least one
 * @param groups ids of the proxy's groups, 0 to 4294967294, at least one; a connection is the
 *     proxy's if its socket's user or its group is in the list
 * @param mark with TPROXY, the mark that the proxy gives to its connections to the application; not
 *     0 and 1338 to 1340
 * @param routeTable with TPROXY, the routing table in which every destination is this host; 1 to
 *     2147483647, not 253 to 255
 */
public record ProxyIdentity(List<Long> users, List<Long> groups, int mark, int routeTable) {
  /** Istio's: user and group 1337, mark 1337, table 133. */
  public static final ProxyIdentity ISTIO = of(1337, 1337);

  /** Copies both lists. */
  public ProxyIdentity {
    users = List.copyOf(users);
    groups = List.copyOf(groups);
  }

  /** One user and one group, with Istio's mark and table. */
  public static ProxyIdentity of(long user, long group) {
    return new ProxyIdentity(List.of(user), List.of(group), 1337, 133);
  }

  void check(List<String> problems) {
    OptionChecks.ids("proxy user id", users, problems);
    OptionChecks.ids("proxy group id", groups, problems);
    if (users.isEmpty() || groups.isEmpty()) {
      problems.add("no user or no group of the proxy; expected at least one of each");
    }
    if (mark == 0 || (mark >= RuleOptions.SELF_CALL_MARK && mark <= RuleOptions.PASSED_MARK)) {
      problems.add(
          "mark %d; expected 1 to 4294967295, not %d to %d, which have their own meaning"
              .formatted(
                  Integer.toUnsignedLong(mark),
                  RuleOptions.SELF_CALL_MARK,
                  RuleOptions.PASSED_MARK));
    }
    if (routeTable < 1 || (routeTable >= 253 && routeTable <= 255)) {
      problems.add(
          "routing table %d; expected 1 to 2147483647, not 253 to 255, which are the kernel's"
              .formatted(routeTable));
    }
  }
}
