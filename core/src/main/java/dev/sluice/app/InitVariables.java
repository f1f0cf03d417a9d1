// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The environment variables of istio-iptables: the long name of the option in capitals, and for
 * some a second name, which wins. Immutable.
 */
final class InitVariables implements IDefaultValueProvider {
  /** Those that Istio reads; a variable called as one of our own options means something else. */
  private static final Set<String> OPTIONS =
      Set.of(
          "--inbound-capture-port",
          "--inbound-tunnel-port",
          "--proxy-uid",
          "--proxy-gid",
          "--istio-inbound-interception-mode",
          "--istio-inbound-ports",
          "--istio-local-exclude-ports",
          "--istio-exclude-interfaces",
          "--istio-service-cidr",
          "--istio-service-exclude-cidr",
          "--istio-outbound-ports",
          "--istio-local-outbound-ports-exclude",
          "--kube-virt-interfaces",
          "--istio-inbound-tproxy-mark",
          "--istio-inbound-tproxy-route-table",
          "--dry-run",
          "--iptables-probe-port",
          "--probe-timeout",
          "--skip-rule-apply",
          "--run-validation",
          "--redirect-dns",
          "--drop-invalid",
          "--dual-stack",
          "--capture-all-dns",
          "--network-namespace",
          "--cni-mode",
          "--reconcile",
          "--cleanup-only",
          "--force-apply",
          "--native-nftables",
          "--force-iptables-binary");

  private static final Map<String, String> SECOND_NAMES =
      Map.of(
          "--redirect-dns", "ISTIO_META_DNS_CAPTURE",
          "--drop-invalid", "INVALID_DROP",
          "--dual-stack", "ISTIO_DUAL_STACK");

  private final Map<String, String> environment;

  InitVariables(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    // Switches are read by InitFlags: their words are no plain values.
    return argument instanceof OptionSpec option && !InitFlags.isSwitch(option)
        ? nameFor(option.longestName()).map(environment::get).orElse(null)
        : null;
  }

  /** The variable that gives that option its value, if one is set. */
  Optional<String> nameFor(String option) {
    if (!OPTIONS.contains(option)) {
      return Optional.empty();
    }
    String first = option.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    return Stream.concat(Stream.ofNullable(SECOND_NAMES.get(option)), Stream.of(first))
        .filter(environment::containsKey)
        .findFirst();
  }

  /** A variable that stands for no option; empty counts as a value. */
  String get(String name, String ifUnset) {
    return environment.getOrDefault(name, ifUnset);
  }

  /** Every variable that is read, for the test that compares them with Istio's. */
  static List<String> options() {
    return OPTIONS.stream().sorted().toList();
  }
}
