// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.util.ArrayList;
import java.util.List;

/**
 * What one look for stale sockets came to. Immutable.
 *
 * @param connected how many sockets were connected through a service at all
 * @param stale those whose backend no longer served their service, and what became of each
 */
public record ReapReport(int connected, List<StaleSocket> stale) {
  /** Copies the list. */
  public ReapReport {
    stale = List.copyOf(stale);
  }

  /** How many were ended. */
  public long ended() {
    return stale.stream().filter(each -> each.fate() instanceof StaleSocketFate.Ended).count();
  }

  /** How many live on, although they should not. */
  public long survived() {
    return stale.stream().filter(each -> each.fate() instanceof StaleSocketFate.Survived).count();
  }

  /**
   * For people, a line for each socket.
   *
   * @param most lines about sockets; one more says how many were left out
   */
  public List<String> toLines(int most) {
    List<String> lines = new ArrayList<>();
    stale.stream().limit(most).map(StaleSocket::toText).forEach(lines::add);
    if (stale.size() > most) {
      lines.add(
          "and %d more: of %d sockets whose backend is gone %d were ended, %d not"
              .formatted(stale.size() - most, stale.size(), ended(), survived()));
    }
    return lines;
  }
}
