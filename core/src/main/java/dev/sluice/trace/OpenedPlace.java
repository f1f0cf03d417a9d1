// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * A network namespace, held open.
 *
 * @param path names it; empty for the one that this process is in
 */
record OpenedPlace(Optional<Path> path, NetworkNamespace namespace, Place place)
    implements AutoCloseable {
  private static final Path NAMED = Path.of("/run/netns");

  static OpenedPlace open(Optional<Path> path) throws IOException {
    NetworkNamespace namespace =
        path.isPresent() ? NetworkNamespace.open(path.get()) : NetworkNamespace.current();
    String name = path.map(OpenedPlace::name).orElse("this process's network namespace");
    return new OpenedPlace(path, namespace, new Place(name, namespace.inode()));
  }

  static String name(Path path) {
    return NAMED.equals(path.getParent()) ? String.valueOf(path.getFileName()) : path.toString();
  }

  /** Runs {@code body} in it; it starts no threads. */
  <T> T call(Callable<T> body) throws IOException {
    try {
      return NamespaceThread.call(namespace, body);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("entering " + place.name() + ": " + e, e);
    }
  }

  @Override
  public void close() throws IOException {
    namespace.close();
  }
}
