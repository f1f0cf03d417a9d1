// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Unserved;
import dev.sluice.rules.install.BackendChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code sluice init} is to do, where, and through what. Immutable.
 *
 * @param json whether what is printed is JSON
 * @param istioToo whether cleaning up removes what istio-iptables made
 * @param wantsIpv6 whether IPv6 is not excluded by name
 */
record InitSettings(
    Action action,
    boolean json,
    boolean istioToo,
    boolean wantsIpv6,
    BackendChoice backend,
    InitPlace where,
    Validation validation) {
  /** The one thing to do. */
  enum Action {
    APPLY("nothing"),
    DRY_RUN("--dry-run"),
    CLEAN_UP("--cleanup"),
    VERIFY("--verify"),
    EXPLAIN("--explain"),
    SKIP("--skip-rule-apply");

    private final String option;

    Action(String option) {
      this.option = option;
    }
  }

  /**
   * Real connections, afterwards.
   *
   * @param wanted whether they are made
   * @param port that is dialled
   * @param timeout for each
   */
  record Validation(boolean wanted, int port, Duration timeout) {}

  /** Adds what is wrong to {@code problems}. */
  static InitSettings read(
      InitActionOptions options,
      InitSwitches switches,
      InitFlags flags,
      boolean explain,
      List<String> problems) {
    if (options.format != null && !options.format.equals("json")) {
      problems.add("--format '" + options.format + "'; expected json or istio");
    }
    boolean istioToo = "istio".equals(options.cleanUp);
    if (options.cleanUp != null && !istioToo && !options.cleanUp.equals("sluice")) {
      problems.add("--cleanup '" + options.cleanUp + "'; expected it alone, or --cleanup=istio");
    }
    if (!List.of("on", "off").contains(switches.ipv6)) {
      problems.add("--ipv6 '" + switches.ipv6 + "'; expected on or off");
    }
    Action action = action(options, flags, explain, problems);
    return new InitSettings(
        action,
        json(options, action, problems),
        istioToo,
        !switches.ipv6.equals("off"),
        backend(options.binary, flags.on("--native-nftables"), problems),
        new InitPlace(
            Optional.ofNullable(options.namespace).filter(p -> !p.isEmpty()).map(Path::of)),
        validation(options, flags, problems));
  }

  /** Why arriving connections can't pass while no proxy listens, if they are to and can't. */
  Optional<String> cannotFailOpen(RuleOptions options) {
    Interception interception = options.interception();
    boolean tproxy = interception.inboundByTproxy();
    if (options.unserved() == Unserved.LOST || (tproxy && backend == BackendChoice.NFTABLES)) {
      return Optional.empty();
    }
    return Optional.of(
        "--inbound-on-proxy-death open with "
            + (tproxy ? "TPROXY by iptables" : arriving(interception))
            + "; expected -m TPROXY with --native-nftables: other rules fail closed, and open only"
            + " where a running 'sluice node' takes them away");
  }

  /** As {@code -m} has it. */
  private static Interception arriving(Interception interception) {
    return interception == Interception.TPROXY_OUTBOUND ? Interception.REDIRECT : interception;
  }

  private static Action action(
      InitActionOptions options, InitFlags flags, boolean explain, List<String> problems) {
    List<Action> asked = new ArrayList<>();
    add(asked, Action.DRY_RUN, flags.on("--dry-run"));
    add(asked, Action.CLEAN_UP, options.cleanUp != null || flags.on("--cleanup-only"));
    add(asked, Action.VERIFY, options.verify);
    add(asked, Action.EXPLAIN, explain);
    add(asked, Action.SKIP, flags.on("--skip-rule-apply"));
    if (asked.size() > 1) {
      problems.add(
          String.join(" with ", asked.stream().map(each -> each.option).toList())
              + "; expected one of them");
    }
    return asked.isEmpty() ? Action.APPLY : asked.getFirst();
  }

  private static boolean json(InitActionOptions options, Action action, List<String> problems) {
    boolean byFormat = "json".equals(options.format);
    if (!options.json && !byFormat) {
      return false;
    }
    return switch (action) {
      case DRY_RUN, VERIFY, EXPLAIN -> true;
      case APPLY, CLEAN_UP, SKIP -> {
        problems.add(
            (byFormat ? "--format=json" : "--json")
                + " without --dry-run, --verify or --explain; expected one of them with it");
        yield false;
      }
    };
  }

  private static void add(List<Action> actions, Action action, boolean asked) {
    if (asked) {
      actions.add(action);
    }
  }

  private static BackendChoice backend(
      @Nullable String binary, boolean nftables, List<String> problems) {
    String name = binary == null ? "" : binary;
    if (nftables) {
      return BackendChoice.NFTABLES;
    }
    return switch (name) {
      case "" -> BackendChoice.AUTOMATIC;
      case "legacy" -> BackendChoice.IPTABLES_LEGACY;
      case "nft" -> BackendChoice.IPTABLES_NFT;
      default -> {
        problems.add(InitCommand.wrongBinary(name));
        yield BackendChoice.AUTOMATIC;
      }
    };
  }

  private static Validation validation(
      InitActionOptions options, InitFlags flags, List<String> problems) {
    String port = options.probePort == null ? "15002" : options.probePort;
    boolean right = port.matches("[1-9][0-9]{0,4}") && Integer.parseInt(port) <= 65535;
    if (!right) {
      problems.add("probe port (--iptables-probe-port) '" + port + "'; expected 1 to 65535");
    }
    Duration timeout = Duration.ofSeconds(5);
    if (options.probeTimeout != null) {
      try {
        timeout = new DurationConverter().convert(options.probeTimeout);
      } catch (TypeConversionException e) {
        problems.add("probe timeout (--probe-timeout) " + e.getMessage());
      }
    }
    return new Validation(
        flags.on("--run-validation"), right ? Integer.parseInt(port) : 15002, timeout);
  }
}
