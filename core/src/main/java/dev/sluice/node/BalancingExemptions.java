// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.ChangeLock;
import dev.sluice.socketlb.Exemptions;
import dev.sluice.socketlb.Exemptions.Subject;
import dev.sluice.socketlb.Exemptions.Verdict;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Exceptions from the scope of a node's socket load balancer. What this process dials in a pod's
 * namespace is balanced, whatever the scope says of the pod: its proxy passes services on by their
 * own addresses. And a pod may be left alone, so that its proxy sees which service it dials. Where
 * no load balancer is, there is nothing to except from. Called by one thread at a time.
 */
public final class BalancingExemptions implements PodWatcher, AutoCloseable {
  private final Path bpfFileSystem;
  private final Path cgroup;
  private final boolean skippingPods;
  private final Optional<Subject> own;

  private BalancingExemptions(
      Path bpfFileSystem, Path cgroup, boolean skippingPods, Optional<Subject> own) {
    this.bpfFileSystem = bpfFileSystem;
    this.cgroup = cgroup;
    this.skippingPods = skippingPods;
    this.own = own;
  }

  /**
   * From the load balancer that is pinned there for that cgroup.
   *
   * @param skippingPods whether it leaves pods alone that are served
   * @param says gets a line for a person
   */
  public static BalancingExemptions open(
      Path bpfFileSystem, Path cgroup, boolean skippingPods, Consumer<String> says)
      throws IOException {
    long here = CgroupFolder.id(CgroupFolder.own());
    Optional<Subject> own = Optional.empty();
    if (here == CgroupFolder.id(cgroup)) {
      says.accept(
          "this process is in the very cgroup "
              + cgroup
              + ": services that it passes on for pods aren't balanced; expected one below");
    } else {
      own = Optional.of(new Subject.OfCgroup(here));
    }
    BalancingExemptions exemptions =
        new BalancingExemptions(bpfFileSystem, cgroup, skippingPods, own);
    if (own.isPresent()) {
      Subject subject = own.get();
      exemptions.change(map -> map.put(subject, Verdict.USE));
    }
    return exemptions;
  }

  private interface Change {
    void in(Exemptions exemptions) throws IOException;
  }

  @Override
  public void begins(PodName pod, NetworkNamespace namespace) throws IOException {
    if (skippingPods) {
      Subject subject = new Subject.OfNamespace(HostNamespace.cookie(namespace));
      change(exemptions -> exemptions.put(subject, Verdict.SKIP));
    }
  }

  @Override
  public void ends(PodName pod, NetworkNamespace namespace) throws IOException {
    if (skippingPods) {
      Subject subject = new Subject.OfNamespace(HostNamespace.cookie(namespace));
      change(exemptions -> exemptions.remove(subject));
    }
  }

  private void change(Change change) throws IOException {
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      Optional<InstalledLoadBalancer> found = InstalledLoadBalancer.on(bpfFileSystem, cgroup);
      if (found.isPresent()) {
        try (InstalledLoadBalancer balancer = found.get()) {
          change.in(balancer.exemptions());
        }
      }
    }
  }

  /** This process is one like others from now on. */
  @Override
  public void close() throws IOException {
    if (own.isPresent()) {
      Subject subject = own.get();
      change(exemptions -> exemptions.remove(subject));
    }
  }
}
