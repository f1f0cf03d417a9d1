// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Which network namespace is a pod's, when its processes live in several: some run containers of
 * their own, or browsers with sandboxes. Pure.
 *
 * @param member one that lives in it
 * @param doubt for people; empty if there is none
 */
record PodNamespace(PodMember member, String doubt) {
  /**
   * That of the first process, which holds the namespaces of a pod: the runtime starts it before
   * all others. Processes in another user namespace than its have made theirs themselves. If most
   * processes live elsewhere, that is said.
   *
   * @param members at least one
   * @param before the namespace that was chosen before: stays so while the pod has a process there
   */
  static PodNamespace choose(List<PodMember> members, OptionalLong before) {
    Map<Long, Integer> counts = new HashMap<>();
    Comparator<PodMember> order = Comparator.comparingLong(PodMember::started);
    PodMember oldest = members.stream().min(order).orElseThrow();
    List<PodMember> own =
        members.stream().filter(member -> member.user() == oldest.user()).toList();
    own.forEach(member -> counts.merge(member.network(), 1, Integer::sum));
    // Start times are counted in hundredths of a second: of two in the same, the majority tells.
    Comparator<PodMember> first =
        order.thenComparingInt(member -> -counts.getOrDefault(member.network(), 0));
    PodMember chosen =
        members.stream()
            .filter(member -> before.equals(OptionalLong.of(member.network())))
            .min(first)
            .or(() -> own.stream().min(first))
            .orElseThrow();
    return new PodNamespace(chosen, doubt(chosen, counts));
  }

  private static String doubt(PodMember chosen, Map<Long, Integer> counts) {
    int here = counts.getOrDefault(chosen.network(), 0);
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() > here)
        .max(Map.Entry.comparingByValue())
        .map(
            most ->
                "its first process lives in net:[%d] with %d in all, but %d live in net:[%d]; the first counts"
                    .formatted(chosen.network(), here, most.getValue(), most.getKey()))
        .orElse("");
  }
}
