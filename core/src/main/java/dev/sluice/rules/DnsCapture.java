// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Which DNS queries, UDP and TCP to port 53, come to the proxy's DNS port. Immutable. */
public sealed interface DnsCapture {
  /** None. */
  record Off() implements DnsCapture {}

  /** Those to some name servers, at least one. */
  record Servers(List<NameServer> servers) implements DnsCapture {
    /** Copies {@code servers}. */
    public Servers {
      servers = List.copyOf(servers);
    }
  }

  /** Those to any address. */
  record Everything() implements DnsCapture {}
}
