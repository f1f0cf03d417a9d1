// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.util.List;

/**
 * One hook of a cgroup that somebody else uses too.
 *
 * @param hook as section names have it, such as {@code cgroup/connect4}
 * @param order every program on it in the order in which they run, ours and others'; {@code name
 *     (id)}
 * @param exclusive whether what is there lets nobody else in
 */
public record AttachedHook(String hook, List<String> order, boolean exclusive) {
  /** Copies the list. */
  public AttachedHook {
    order = List.copyOf(order);
  }

  /** One line. */
  public String toText() {
    return hook + ": " + String.join(" -> ", order) + (exclusive ? ", exclusively" : "");
  }
}
