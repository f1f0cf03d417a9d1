// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import java.util.Locale;

/** A part of a pod, with a cgroup of its own below the pod's. */
public enum Container {
  /** What the pod is there for: its clients and servers. */
  APPLICATION,
  /** Its sidecar. */
  PROXY;

  /** The name of its cgroup. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
