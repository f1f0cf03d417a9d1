// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice init} that are on or off; text as in the others. */
final class InitSwitches {
  @Option(
      names = "--redirect-dns",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Capture DNS, UDP and TCP, to the servers of /etc/resolv.conf.")
  @Nullable String dns;

  @Option(
      names = "--capture-all-dns",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "With --redirect-dns: to any server.")
  @Nullable String allDns;

  @Option(
      names = "--drop-invalid",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Drop arriving packets that belong to no connection.")
  @Nullable String dropInvalid;

  @Option(
      names = "--dual-stack",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Fail if IPv6 isn't there; otherwise it is only said.")
  @Nullable String dualStack;

  @Option(
      names = "--ipv6",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "off: no rules for IPv6, which then passes by the proxy (default: on).")
  String ipv6 = "on";

  @Option(
      names = {"-n", "--dry-run"},
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Print what would be applied, and change nothing; needs no root.")
  @Nullable String dryRun;

  @Option(
      names = "--skip-rule-apply",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Change nothing; with --run-validation, check what is there.")
  @Nullable String skip;

  @Option(
      names = "--run-validation",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Then make real connections and see them captured; exit code 126 if not.")
  @Nullable String validate;

  @Option(
      names = "--cleanup-only",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "The same as --cleanup.")
  @Nullable String cleanUpOnly;

  @Option(
      names = "--native-nftables",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Make the rules with nft instead of iptables.")
  @Nullable String nftables;

  @Option(
      names = "--reconcile",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Taken for Istio's sake: other rules of Sluice are always replaced.")
  @Nullable String reconcile;

  @Option(
      names = "--force-apply",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Taken for Istio's sake, without effect.")
  @Nullable String force;

  @Option(
      names = "--cni-mode",
      arity = "0..1",
      fallbackValue = "true",
      preprocessor = AttachedValue.class,
      paramLabel = "BOOLEAN",
      description = "Taken for Istio's sake, without effect.")
  @Nullable String cni;
}
