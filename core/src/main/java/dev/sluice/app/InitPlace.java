// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Ipv6Support;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * The network namespace that {@code sluice init} acts on. Immutable.
 *
 * @param path names it; empty for the one that this process runs in
 */
record InitPlace(Optional<Path> path) {
  /** For commands. */
  CommandRunner runner() {
    return path.map(CommandRunner::inNetworkNamespace).orElseGet(CommandRunner::here);
  }

  /** Whether it speaks IPv6. */
  Ipv6Support ipv6() throws IOException {
    return call(Ipv6Support::probe);
  }

  /** Runs {@code body} there; it starts no threads. */
  <T> T call(Callable<T> body) throws IOException {
    try {
      if (path.isEmpty()) {
        return body.call();
      }
      try (NetworkNamespace namespace = NetworkNamespace.open(path.get())) {
        return NamespaceThread.call(namespace, body);
      }
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("entering '" + path.map(Path::toString).orElse("") + "': " + e, e);
    }
  }
}
