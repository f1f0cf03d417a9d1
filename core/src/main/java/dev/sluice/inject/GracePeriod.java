// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * How long a pod has to end, in seconds: the proxy isn't told by Kubernetes, and would reset what
 * is open long before.
 */
final class GracePeriod {
  /** By which the proxy learns it. */
  static final String VARIABLE = "TERMINATION_GRACE_PERIOD_SECONDS";

  private static final String FIELD = "terminationGracePeriodSeconds";

  /** What Kubernetes takes where the field isn't there, or is null. */
  private static final String USUAL = "30";

  private static final long MOST = 365L * 24 * 60 * 60;

  private GracePeriod() {}

  /** Of a pod that has no {@link #mistake}. */
  static String of(PodTemplate pod) {
    return Yaml.get(pod.spec(), FIELD).flatMap(GracePeriod::given).orElse(USUAL);
  }

  /** Why it can't be told to the proxy, if it can't. */
  static Optional<String> mistake(PodTemplate pod) {
    Optional<Node> field = Yaml.get(pod.spec(), FIELD);
    if (field.isPresent() && !(field.get() instanceof ScalarNode)) {
      return Optional.of("its " + FIELD + " is no number; expected whole seconds, such as 30");
    }
    return field
        .flatMap(GracePeriod::given)
        .filter(text -> !text.matches("0|[1-9][0-9]{0,8}") || Long.parseLong(text) > MOST)
        .map(
            text ->
                "its "
                    + FIELD
                    + " is '"
                    + text
                    + "'; expected whole seconds, such as 30, and no more than a year");
  }

  private static Optional<String> given(Node field) {
    return field instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)
        ? Optional.of(scalar.getValue())
        : Optional.empty();
  }
}
