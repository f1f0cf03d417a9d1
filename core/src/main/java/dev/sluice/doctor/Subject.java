// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.rules.CommandRunner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * What is to be looked at. Immutable.
 *
 * @param namespace names the network namespace; empty for the one that this process runs in
 * @param cgroup of the pod; empty for that of the processes in {@code namespace}, or the root
 * @param bpfFileSystem where pins are; empty for where it is mounted
 * @param asked modes that were named; empty for those in use, or all if none is
 * @param dial what the live connection dials; empty to choose
 */
public record Subject(
    Optional<Path> namespace,
    Optional<Path> cgroup,
    Optional<Path> bpfFileSystem,
    Set<Mode> asked,
    Optional<InetSocketAddress> dial) {
  /** Copies the set. */
  public Subject {
    asked = Set.copyOf(asked);
  }

  /** For commands in the namespace. */
  CommandRunner runner() {
    return namespace.map(CommandRunner::inNetworkNamespace).orElseGet(CommandRunner::here);
  }

  /** A command line in the namespace, for a shell. */
  String inside(String line) {
    return namespace.map(path -> "nsenter --net=" + path + " -- " + line).orElse(line);
  }

  /** What names the eBPF file system to a command, with a blank before it; empty by default. */
  String pins() {
    return bpfFileSystem.map(path -> " --bpf-fs " + path).orElse("");
  }

  /** Runs {@code body} in the namespace, on a thread of its own; it starts no threads. */
  <T> T call(Callable<T> body) throws IOException {
    try {
      if (namespace.isEmpty()) {
        return body.call();
      }
      try (NetworkNamespace there = NetworkNamespace.open(namespace.get())) {
        return NamespaceThread.call(there, body);
      }
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("entering '" + namespace.map(Path::toString).orElse("") + "': " + e, e);
    }
  }
}
