// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.node.PodChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which pods {@code sluice node} serves, and how it finds them. */
final class NodePods {
  @Option(
      names = "--pod",
      paramLabel = "CHOICE",
      description =
          "Which pods: netns:NAME by the name of the network namespace in /run/netns, or uid:UID by"
              + " the uid that kubelet writes into the cgroup of a pod's processes; * is any text."
              + " May be repeated.")
  private List<String> pods = List.of();

  @Option(
      names = "--zds",
      arity = "0..1",
      fallbackValue = "/var/run/ztunnel/ztunnel.sock",
      paramLabel = "SOCKET",
      description =
          "Serve the pods that Istio's CNI agent hands over, at the place of its ztunnel (default"
              + " socket ${FALLBACK-VALUE}). The agent makes the rules.")
  private @Nullable Path zds;

  @Option(
      names = "--scan-interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Between two searches for pods (default 1s).")
  private Duration scanInterval = Duration.ofSeconds(1);

  @Option(
      names = "--fail-open",
      description =
          "When told to end, take the rules out of the pods first: they go on without a proxy."
              + " Otherwise, and whenever the proxy dies, their new connections are refused.")
  private boolean failOpen;

  @Option(
      names = "--fail-open-sidecar",
      paramLabel = "CHOICE",
      description =
          "Pods, chosen as by --pod, that have a sidecar of their own and go on without it: the"
              + " rules of 'sluice init' are taken away while nobody listens at its ports, and made"
              + " again when it does. May be repeated.")
  private List<String> sidecars = List.of();

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake() {
    return Stream.of(wrong("--pod", pods), wrong("--fail-open-sidecar", sidecars), lacking())
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> wrong(String option, List<String> texts) {
    for (String text : texts) {
      try {
        PodChoice.parse(text);
      } catch (IllegalArgumentException e) {
        return Optional.of(option + " " + e.getMessage());
      }
    }
    return Optional.empty();
  }

  private Optional<String> lacking() {
    if (pods.isEmpty() && zds == null && sidecars.isEmpty()) {
      return Optional.of(
          "no pods; expected --pod, such as --pod 'uid:*', --zds or --fail-open-sidecar");
    }
    return failOpen && pods.isEmpty()
        ? Optional.of(
            "--fail-open without --pod; expected --pod: the rules of other pods aren't this"
                + " proxy's")
        : Optional.empty();
  }

  /** Those to serve. Only without a {@link #mistake()}. */
  List<PodChoice> served() {
    return pods.stream().map(PodChoice::parse).toList();
  }

  /** Those that have a sidecar, and go on without it. Only without a {@link #mistake()}. */
  List<PodChoice> withSidecar() {
    return sidecars.stream().map(PodChoice::parse).toList();
  }

  /** Whether processes have to be looked at. */
  boolean areFoundByProcess() {
    return Stream.of(served(), withSidecar())
        .flatMap(List::stream)
        .anyMatch(choice -> choice.by() == PodChoice.By.UID);
  }

  /** Where an agent listens that hands pods over; empty if none does. */
  Optional<Path> agent() {
    return Optional.ofNullable(zds);
  }

  Duration scanInterval() {
    return scanInterval;
  }

  boolean failOpen() {
    return failOpen;
  }
}
