// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ObjectName;
import dev.sluice.model.Service;
import dev.sluice.model.ServicePort;
import java.net.InetAddress;
import java.util.List;

/**
 * A service as a file declares it, before it is checked against the others.
 *
 * @param sound whether nothing was reported about it, so that what is missing here is missing in
 *     the file
 */
record DeclaredService(
    Value at,
    ObjectName name,
    List<Located<InetAddress>> clusterIps,
    List<ServicePort> ports,
    boolean sound) {
  Service toService() {
    return new Service(name, clusterIps.stream().map(Located::value).toList(), ports);
  }
}
