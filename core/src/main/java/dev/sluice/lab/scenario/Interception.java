// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;

/**
 * A party whose connections are led through a proxy.
 *
 * @param party whose namespace
 * @param mode how they are led there
 * @param sidecar which proxy
 */
public record Interception(Party party, InterceptionMode mode, Sidecar sidecar) {
  static Interception redirect(Party party) {
    return new Interception(party, InterceptionMode.REDIRECT, Sidecar.SLUICE);
  }

  static Interception tproxy(Party party) {
    return new Interception(party, InterceptionMode.TPROXY, Sidecar.SLUICE);
  }

  static Interception socket(Party party) {
    return new Interception(party, InterceptionMode.SOCKET, Sidecar.SLUICE);
  }

  Interception by(Sidecar other) {
    return new Interception(party, mode, other);
  }
}
