// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;

/** Somebody who has to know which pods are served. Called by one thread at a time. */
public interface PodWatcher {
  /** {@code pod} is about to be served; a failure keeps it from being. */
  void begins(PodName pod, NetworkNamespace namespace) throws IOException;

  /** {@code pod} isn't served any more. */
  void ends(PodName pod, NetworkNamespace namespace) throws IOException;

  /** Nobody. */
  static PodWatcher none() {
    return new PodWatcher() {
      @Override
      public void begins(PodName pod, NetworkNamespace namespace) {}

      @Override
      public void ends(PodName pod, NetworkNamespace namespace) {}
    };
  }
}
