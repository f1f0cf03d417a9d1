// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.rules.Ipv6Support;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Everything that findings follow from. Immutable.
 *
 * @param host what of it could spoil what the modes are tried with
 * @param abilities for every mode, whether this host can do it
 * @param proof what live connections came to; empty where there is nothing to prove
 */
public record Facts(
    Subject subject,
    Host host,
    List<Ability> abilities,
    NamespaceFacts namespace,
    CgroupFacts cgroups,
    List<Sight> proof) {
  /** Copies the lists. */
  public Facts {
    abilities = List.copyOf(abilities);
    proof = List.copyOf(proof);
  }

  /**
   * Looks, tries, and makes live connections. Changes nothing, and leaves nothing behind even if it
   * is killed. Needs root.
   *
   * @throws IOException if the subject can't be looked at: there is no such namespace, or the path
   *     is no cgroup
   */
  public static Facts gather(Subject subject) throws IOException {
    return gather(subject, Abilities::probe);
  }

  /**
   * The same, for whoever looks again and again.
   *
   * @param abilities of this host, by whether IPv6 is spoken: found out now, or remembered
   * @throws IOException as for {@link #gather(Subject)}
   */
  public static Facts gather(Subject subject, Function<Ipv6Support, List<Ability>> abilities)
      throws IOException {
    NamespaceFacts namespace = NamespaceFacts.gather(subject);
    CgroupFacts cgroups = CgroupFacts.gather(subject, namespace.sockets().residents());
    return new Facts(
        subject,
        Host.look(),
        abilities.apply(namespace.sockets().ipv6()),
        namespace,
        cgroups,
        LiveProof.make(subject, namespace, cgroups));
  }

  /** The modes that are asked for or in use; all of them if there is none. */
  public Set<Mode> wanted() {
    Set<Mode> wanted = EnumSet.noneOf(Mode.class);
    wanted.addAll(subject.asked());
    wanted.addAll(used());
    return wanted.isEmpty() ? EnumSet.allOf(Mode.class) : wanted;
  }

  /** The modes of which something is here. */
  public Set<Mode> used() {
    Set<Mode> used = EnumSet.noneOf(Mode.class);
    for (RuleFacts rules : namespace.rules()) {
      boolean tproxy =
          rules.options().stream()
              .anyMatch(
                  each ->
                      each.interception().inboundByTproxy()
                          || each.interception().outboundByTproxy());
      used.add(tproxy ? Mode.TPROXY : Mode.REDIRECT);
    }
    for (FeatureFacts feature : cgroups.features()) {
      if (feature.onPath() || isOfThisNamespace(feature)) {
        used.add(
            switch (feature.status().feature()) {
              case LOAD_BALANCER -> Mode.LB;
              case SERVICE_IP -> Mode.SERVICE_IP;
              case CAPTURE -> Mode.SOCKET;
            });
      }
    }
    return used;
  }

  boolean isOfThisNamespace(FeatureFacts feature) {
    return feature.capture().filter(place -> place.namespace() == namespace.inode()).isPresent();
  }
}
