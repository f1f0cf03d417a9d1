// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Which arriving connections are captured, by their destination port. Immutable. */
public sealed interface InboundSelection {
  /** All but those to some ports. */
  record AllExcept(List<PortRange> ports) implements InboundSelection {
    /** Copies {@code ports}. */
    public AllExcept {
      ports = List.copyOf(ports);
    }
  }

  /** Those to some ports; none if the list is empty. */
  record Only(List<PortRange> ports) implements InboundSelection {
    /** Copies {@code ports}. */
    public Only {
      ports = List.copyOf(ports);
    }
  }

  /** The ports that are listed, to be captured or not. */
  List<PortRange> ports();
}
