// SPDX-License-Identifier: Apache-2.0
package dev.sluice.failure;

/** Whose end of the connection failed. */
public enum Side {
  /** The peer that connected to us. */
  DOWNSTREAM,
  /** The peer that we connect to. */
  UPSTREAM,
  /** This process or this host. */
  LOCAL
}
