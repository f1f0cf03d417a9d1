// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;

/**
 * A party that gets rules and a proxy.
 *
 * @param party whose namespace
 * @param mode which rules
 */
public record Interception(Party party, InterceptionMode mode) {
  static Interception redirect(Party party) {
    return new Interception(party, InterceptionMode.REDIRECT);
  }

  static Interception tproxy(Party party) {
    return new Interception(party, InterceptionMode.TPROXY);
  }
}
