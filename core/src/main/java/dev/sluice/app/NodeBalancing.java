// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.net.ExemptMark;
import dev.sluice.node.BalancingExemptions;
import dev.sluice.socketlb.LoadBalancerMetrics;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The socket load balancer of a node, for whom the node's proxy is told to. */
final class NodeBalancing {
  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = "--lb-scope",
      paramLabel = "SCOPE",
      description =
          "Also load balance the services of -f at connect: HOST, sockets of this network"
              + " namespace; UNMESHED, and those of every pod that isn't served here; ALL, and of"
              + " those that are, for services that need no proxy. It goes on when this ends.")
  private @Nullable LbScope scope;

  @Option(
      names = "--lb-cgroup",
      paramLabel = "PATH",
      description =
          "With --lb-scope: of processes below this cgroup (default: the root of the cgroup v2"
              + " tree).")
  private @Nullable Path cgroup;

  /** Whose connections are load balanced. */
  enum LbScope {
    /** The node's own. */
    HOST,
    /** All but those of pods that are served. */
    UNMESHED,
    /** All. */
    ALL
  }

  /**
   * One that is in force.
   *
   * @param exemptions have to know of every pod that is served
   * @param metrics of what it counts
   */
  record InForce(LbFollower follower, BalancingExemptions exemptions, LoadBalancerMetrics metrics)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (follower) {
        exemptions.close();
      }
    }
  }

  /** Whether any connection is load balanced. */
  boolean isWanted() {
    return scope != null;
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake(List<Path> files) {
    if (scope == null) {
      return cgroup == null
          ? Optional.empty()
          : Optional.of("--lb-cgroup " + cgroup + " without a scope; expected --lb-scope");
    }
    return files.isEmpty()
        ? Optional.of("--lb-scope " + scope + " without services; expected -f")
        : Optional.empty();
  }

  /**
   * Brings the services into force, if any shall be; the caller closes what it gets.
   *
   * @param says gets lines for a person
   * @throws IOException if the kernel refuses; what was in force before is in force
   */
  @Nullable InForce start(List<Path> files, Consumer<String> says)
      throws ConfigurationException, IOException {
    if (scope == null) {
      return null;
    }
    Path bpfFileSystem = places.bpfFileSystem();
    Path below = KernelPlaces.cgroup(cgroup);
    LbApplication application =
        new LbApplication(
            files,
            bpfFileSystem,
            below,
            scope == LbScope.HOST ? Scope.HOST : Scope.ALL,
            "/proc/self/ns/net",
            Optional.of(ExemptMark.DEFAULT),
            line -> says.accept("load balancer: " + line));
    LbFollower follower = LbFollower.begin(application);
    try {
      return new InForce(
          follower,
          BalancingExemptions.open(
              bpfFileSystem, below, scope == LbScope.UNMESHED, application.says()),
          new LoadBalancerMetrics(bpfFileSystem, below));
    } catch (IOException | RuntimeException e) {
      follower.close();
      throw e;
    }
  }
}
