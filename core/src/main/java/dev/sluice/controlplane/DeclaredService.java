// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ObjectName;
import dev.sluice.model.Service;
import java.net.InetAddress;
import java.util.List;

/**
 * A service as a file declares it, before it is checked against the others.
 *
 * @param service what was understood of it
 * @param clusterIps the service IPs with their places
 * @param ports the ports with their places
 * @param sound whether nothing was reported about it, so that what is missing here is missing in
 *     the file
 */
record DeclaredService(
    Place at,
    Service service,
    List<Located<InetAddress>> clusterIps,
    List<DeclaredPort> ports,
    boolean sound) {
  ObjectName name() {
    return service.name();
  }
}
