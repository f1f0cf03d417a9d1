// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** What is to be done with a workload. */
sealed interface Verdict {
  /** The proxy's user and group: the rules leave its connections alone. */
  String PROXY_ID = "1337";

  Set<String> SIDECARS = Set.of("sluice-proxy", "sluice-init", "istio-proxy", "istio-init");

  /** Ports that the sidecar listens on or that the rules leave alone. */
  Set<String> TAKEN = Set.of("15000", "15001", "15006", "15020", "15021");

  /** In the YAML 1.1 of Kubernetes; nothing at all is false too. */
  Set<String> FALSE = Set.of("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "");

  /** It gets the sidecar. */
  record Inject() implements Verdict {}

  /** It stays as it is, by right. */
  record LeaveAlone(String why) implements Verdict {}

  /** It can't have the sidecar. */
  record Refuse(String why) implements Verdict {}

  static Verdict on(PodTemplate pod) {
    if (pod.mark("sluice.dev/inject").filter("false"::equals).isPresent()) {
      return new LeaveAlone("sluice.dev/inject is false");
    }
    if (Yaml.hasMergeKey(pod.owner())) {
      return new Refuse(
          "it has a merge key (<<), which may hide anything; expected it written out");
    }
    // Rules on a host's network would be the node's: whatever isn't surely false counts as true.
    if (Yaml.get(pod.spec(), "hostNetwork").isPresent()
        && Yaml.text(pod.spec(), "hostNetwork").filter(FALSE::contains).isEmpty()) {
      return new LeaveAlone("it is on the host's network");
    }
    for (MappingNode container : pod.containers()) {
      String name = Yaml.text(container, "name").orElse("");
      if (SIDECARS.contains(name)) {
        return new LeaveAlone("it has the container " + name + " already");
      }
    }
    return refusal(pod).<Verdict>map(Refuse::new).orElseGet(Inject::new);
  }

  private static Optional<String> refusal(PodTemplate pod) {
    Optional<String> ofPod = proxyId(pod.spec(), "the pod").or(() -> GracePeriod.mistake(pod));
    if (ofPod.isPresent()) {
      return ofPod;
    }
    for (Node volume : Yaml.elements(pod.spec(), "volumes")) {
      if (Yaml.text(volume, "name").filter(Sidecar.VOLUME::equals).isPresent()) {
        return Optional.of(
            "it has a volume "
                + Sidecar.VOLUME
                + ", which is the sidecar's; expected another name");
      }
    }
    for (MappingNode container : pod.containers()) {
      String who = "container " + Yaml.text(container, "name").orElse("(unnamed)");
      Optional<String> why = proxyId(container, who);
      if (why.isPresent()) {
        return why;
      }
      for (Node port : Yaml.elements(container, "ports")) {
        Optional<String> number = Yaml.text(port, "containerPort").filter(TAKEN::contains);
        if (number.isPresent()) {
          return Optional.of(who + " has port " + number.get() + ", which the sidecar listens on");
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> proxyId(Node holder, String who) {
    Optional<Node> context = Yaml.get(holder, "securityContext");
    for (String field : new String[] {"runAsUser", "runAsGroup"}) {
      if (context.flatMap(at -> Yaml.text(at, field)).filter(PROXY_ID::equals).isPresent()) {
        return Optional.of(
            who
                + " has "
                + field
                + " "
                + PROXY_ID
                + ", the proxy's own: nothing it connects to would be captured; expected another");
      }
    }
    return Optional.empty();
  }
}
