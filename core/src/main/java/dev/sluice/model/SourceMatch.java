// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;

/**
 * A {@code from.source}: the client's address is in one of {@code ipBlocks} and in none of {@code
 * notIpBlocks}.
 *
 * @param ipBlocks empty for any address
 * @param notIpBlocks empty for no exception
 */
public record SourceMatch(List<IpBlock> ipBlocks, List<IpBlock> notIpBlocks) {
  /** Copies both lists. */
  public SourceMatch {
    ipBlocks = List.copyOf(ipBlocks);
    notIpBlocks = List.copyOf(notIpBlocks);
  }
}
