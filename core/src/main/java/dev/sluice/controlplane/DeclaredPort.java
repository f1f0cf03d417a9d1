// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ServicePort;

/**
 * A service's port as a file declares it.
 *
 * @param nodePortAt where its node port stands; the port's own place if it has none
 */
record DeclaredPort(ServicePort port, Place nodePortAt) {}
