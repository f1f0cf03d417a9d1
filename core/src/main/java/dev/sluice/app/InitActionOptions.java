// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice init} that say what to do, where and how; text as in the others. */
final class InitActionOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "With --dry-run: json for the program, istio for what istio-iptables would print"
              + " (default: what is fed to iptables or nft).")
  @Nullable String format;

  @Option(
      names = "--json",
      description =
          "With --dry-run the program, with --verify the difference, with --explain the answer, as"
              + " one JSON object.")
  boolean json;

  @Option(
      names = "--cleanup",
      arity = "0..1",
      fallbackValue = "sluice",
      preprocessor = AttachedValue.class,
      paramLabel = "istio",
      description =
          "Remove everything that Sluice made in this network namespace; with =istio, what"
              + " istio-iptables made too.")
  @Nullable String cleanUp;

  @Option(
      names = "--verify",
      description = "Compare what is there with the program, and print the difference.")
  boolean verify;

  @Option(
      names = "--network-namespace",
      paramLabel = "PATH",
      description = "Where to act, such as /run/netns/pod (default: where this command runs).")
  @Nullable String namespace;

  @Option(
      names = "--force-iptables-binary",
      paramLabel = "legacy|nft",
      description = "Which iptables to use (default: the one that the host uses).")
  @Nullable String binary;

  @Option(
      names = "--iptables-probe-port",
      paramLabel = "PORT",
      description = "With --run-validation: the port that is dialled (default: 15002).")
  @Nullable String probePort;

  @Option(
      names = "--probe-timeout",
      paramLabel = "DURATION",
      description = "With --run-validation: how long each connection may take (default: 5s).")
  @Nullable String probeTimeout;
}
