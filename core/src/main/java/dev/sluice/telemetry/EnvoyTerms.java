// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.Direction;
import org.jspecify.annotations.Nullable;

/**
 * What we know in the words that Envoy and Istio have for it: <a
 * href="https://www.envoyproxy.io/docs/envoy/v1.36.0/configuration/observability/access_log/usage#command-operators">RESPONSE_FLAGS
 * and its like</a>. Where Envoy's TCP proxy writes no flag but has one that fits ({@code DC},
 * {@code SI}), it is written here. The table is in {@code docs/access-log.md}. Stateless.
 */
final class EnvoyTerms {
  /** The upstream could not be connected to, and Envoy won't try again; nor do we. */
  private static final String CONNECT_FAILED = "UF,URX";

  private EnvoyTerms() {}

  /** The response flags, or {@code -}. */
  static String flags(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Closed _ -> "-";
      case Outcome.Failed failed -> flags(failed.kind());
    };
  }

  /** UPSTREAM_LOCAL_ADDRESS: Envoy has none for a connection that did not come about. */
  static @Nullable Object upstreamSource(ConnectionRecord connection) {
    UpstreamLeg upstream = connection.upstream();
    return upstream == null || flags(connection.outcome()).equals(CONNECT_FAILED)
        ? null
        : upstream.source();
  }

  private static String flags(FailureKind kind) {
    return switch (kind) {
      case DOWNSTREAM_RESET -> "DC";
      case UPSTREAM_RESET -> "UR";
      case UPSTREAM_REFUSED,
          UPSTREAM_UNREACHABLE,
          CONNECT_TIMEOUT,
          DESCRIPTORS_EXHAUSTED,
          PORTS_EXHAUSTED ->
          CONNECT_FAILED;
      case IDLE_TIMEOUT -> "SI";
      // Its network RBAC filter has no flag either: the details say it.
      case POLICY_DENIED -> "-";
      case LOOP, NO_ORIGINAL_DESTINATION -> "NR";
      case CONNECTION_LIMIT -> "OM";
      case SYSTEM_ERROR, SHUTDOWN -> "LR";
    };
  }

  /** CONNECTION_TERMINATION_DETAILS; null if nobody but the peers ended it. */
  static @Nullable String terminationDetails(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Closed _ -> null;
      case Outcome.Failed(FailureKind kind, String detail) ->
          switch (kind.side()) {
            case DOWNSTREAM, UPSTREAM -> null;
            case LOCAL ->
                kind == FailureKind.POLICY_DENIED
                    ? "rbac_access_denied_matched_policy[" + policyOf(detail) + "]"
                    : outcome.label();
          };
    };
  }

  /** The detail of a denial is {@code namespace/name: reason}, and names have no colon. */
  private static String policyOf(String detail) {
    int end = detail.indexOf(':');
    return end < 0 ? detail : detail.substring(0, end);
  }

  /** UPSTREAM_TRANSPORT_FAILURE_REASON; null unless connecting failed by an error. */
  static @Nullable String failureReason(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Closed _ -> null;
      case Outcome.Failed(FailureKind kind, String detail) ->
          switch (kind) {
            case UPSTREAM_REFUSED -> "delayed_connect_error:_Connection_refused";
            case UPSTREAM_UNREACHABLE, DESCRIPTORS_EXHAUSTED, PORTS_EXHAUSTED ->
                detail.replace(' ', '_');
            default -> null;
          };
    };
  }

  /** Istio's name for where connections go that are passed on as they were dialled. */
  static String cluster(Direction direction) {
    return switch (direction) {
      case OUTBOUND -> "PassthroughCluster";
      case INBOUND -> "InboundPassthroughCluster";
    };
  }

  /** DURATION: whole milliseconds. */
  static long millis(Traffic traffic) {
    return traffic.durationNanos() / 1_000_000;
  }
}
