// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.net.InetAddress;
import java.util.List;

/** What is done about one query. */
sealed interface DnsPlan {
  /**
   * It is answered here: the name is a service's.
   *
   * @param addresses of the type that was asked for; empty if the service has none of it
   */
  record Answer(List<InetAddress> addresses) implements DnsPlan {}

  /** It is answered here with an error. */
  record Refuse(Rcode rcode) implements DnsPlan {}

  /** It is passed on. */
  record Forward() implements DnsPlan {}
}
