// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.net.AddressText;
import java.net.InetSocketAddress;

/** From where to where. Immutable. */
public record Flow(InetSocketAddress source, InetSocketAddress destination) {
  /** {@code 10.7.1.2:40000 > 10.7.2.2:80}. */
  @Override
  public String toString() {
    return AddressText.of(source) + " > " + AddressText.of(destination);
  }
}
