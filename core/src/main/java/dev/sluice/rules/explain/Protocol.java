// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

/** What programs tell apart above IP. */
public enum Protocol {
  TCP,
  UDP
}
