// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

/** What becomes of a connection. Immutable. */
public sealed interface Verdict {
  /** The proxy gets it, as one that leaves. */
  record CapturedOutbound(int port) implements Verdict {}

  /** The proxy gets it, as one that arrives. */
  record CapturedInbound(int port) implements Verdict {}

  /** The proxy gets it, as a question to a name server. */
  record CapturedDns(int port) implements Verdict {}

  /** A rule sends it to a port where the proxy, by the options given, doesn't listen. */
  record CapturedElsewhere(int port) implements Verdict {}

  /** It goes where it was dialled to. */
  record Passed(Way way) implements Verdict {}

  /** It is lost. */
  record Dropped(String why) implements Verdict {}

  /** How a connection that is left alone goes on. */
  enum Way {
    /** To a socket of this host. */
    DELIVERED,
    /** Out of the host that made it. */
    LEAVES,
    /** In through one interface and out again. */
    FORWARDED
  }

  /** Whether a rule took it from where it was dialled to. */
  default boolean isCaptured() {
    return switch (this) {
      case CapturedOutbound _, CapturedInbound _, CapturedDns _, CapturedElsewhere _ -> true;
      case Passed _, Dropped _ -> false;
    };
  }
}
