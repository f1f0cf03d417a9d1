// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

/** The transport of a service's port, spelled as Kubernetes does. */
public enum TransportProtocol {
  TCP,
  UDP,
  SCTP
}
