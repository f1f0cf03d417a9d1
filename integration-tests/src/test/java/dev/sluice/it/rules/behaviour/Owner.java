// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.linux.ffi.ProcessCalls;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import java.util.concurrent.Callable;

/** Whom netfilter takes a socket's packets for; also for sockets that the JDK opens. */
record Owner(long user, long group) {
  /** Opens sockets as this owner inside {@code namespace}, on a thread that is thrown away. */
  <T> T call(NetworkNamespace namespace, Callable<T> body) throws Exception {
    return NamespaceThread.call(
        namespace,
        () -> {
          int _ = ProcessCalls.setFileSystemGroup((int) group);
          int _ = ProcessCalls.setFileSystemUser((int) user);
          if (ProcessCalls.setFileSystemUser(-1) != (int) user
              || ProcessCalls.setFileSystemGroup(-1) != (int) group) {
            throw new IllegalStateException("opening sockets as " + this + ": refused");
          }
          return body.call();
        });
  }
}
