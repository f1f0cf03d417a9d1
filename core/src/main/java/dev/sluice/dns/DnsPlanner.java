// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.model.IpFamily;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Decides about queries. Pure but for the order of addresses, which it turns. Thread-safe. */
final class DnsPlanner {
  private static final int TYPE_IXFR = 251;
  private static final int TYPE_AXFR = 252;
  private static final int TYPE_ANY = 255;

  private final ServiceNames services;

  DnsPlanner(ServiceNames services) {
    this.services = services;
  }

  DnsPlan plan(Query query) {
    if (query.type() == TYPE_AXFR || query.type() == TYPE_IXFR) {
      // A whole zone comes in many messages, which is not what is passed on here.
      return new DnsPlan.Refuse(Rcode.REFUSED);
    }
    if (query.dnsClass() != Replies.CLASS_INTERNET) {
      return new DnsPlan.Forward();
    }
    Optional<List<InetAddress>> found = services.find(query.name());
    if (found.isEmpty()) {
      return new DnsPlan.Forward();
    }
    if (query.edns().isPresent() && query.edns().get().version() != 0) {
      return new DnsPlan.Refuse(Rcode.BADVERS);
    }
    return new DnsPlan.Answer(turned(ofType(query.type(), found.get()), query.id()));
  }

  private static List<InetAddress> ofType(int type, List<InetAddress> addresses) {
    return switch (type) {
      case Replies.TYPE_A -> ofFamily(IpFamily.IPV4, addresses);
      case Replies.TYPE_AAAA -> ofFamily(IpFamily.IPV6, addresses);
      case TYPE_ANY -> addresses;
      default -> List.of();
    };
  }

  private static List<InetAddress> ofFamily(IpFamily family, List<InetAddress> addresses) {
    return addresses.stream().filter(address -> IpFamily.of(address) == family).toList();
  }

  /** Clients take the first one, so each query begins with another: ids are random. */
  private static List<InetAddress> turned(List<InetAddress> addresses, int id) {
    List<InetAddress> turned = new ArrayList<>(addresses);
    Collections.rotate(turned, id);
    return turned;
  }
}
