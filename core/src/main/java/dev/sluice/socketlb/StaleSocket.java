// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.net.AddressText;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One socket that outlived its backend. Immutable.
 *
 * @param socket as it was listed
 * @param owners who has it open, as far as this process sees others; none if all of them have
 *     closed it
 * @param fate what became of it
 */
public record StaleSocket(
    SocketTableEntry socket, List<SocketHolder> owners, StaleSocketFate fate) {

  /** Copies the list. */
  public StaleSocket {
    owners = List.copyOf(owners);
  }

  /**
   * One line for people: {@code ended UDP 10.7.1.2:40000 of pid 71 (resolver) in net:[4026532280]:
   * 10.96.0.10:53 was served by 10.7.3.4:53}.
   */
  public String toText() {
    String verb =
        switch (fate) {
          case StaleSocketFate.Ended _ -> "ended ";
          case StaleSocketFate.AlreadyGone _ -> "already gone: ";
          case StaleSocketFate.Survived _ -> "not ended: ";
        };
    String why = fate instanceof StaleSocketFate.Survived survived ? ": " + survived.why() : "";
    return verb
        + socket.id().protocol()
        + " "
        + AddressText.of(socket.id().local())
        + owner()
        + " in net:["
        + socket.namespace()
        + "]: "
        + AddressText.of(socket.translation().service())
        + " was served by "
        + AddressText.of(socket.translation().backend())
        + why;
  }

  private String owner() {
    return owners.isEmpty()
        ? ""
        : owners.stream()
            .map(owner -> "pid " + owner.pid() + " (" + owner.command() + ")")
            .distinct()
            .collect(Collectors.joining(", ", " of ", ""));
  }
}
