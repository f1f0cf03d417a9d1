// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfMap;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A reaper that is kept ready for the load balancer of a cgroup: its program is loaded once. Owns
 * what it opens. Blocks its caller; confined to one thread.
 */
public final class StandingReaper implements AutoCloseable {
  private final BpfMap reverse;
  private final Reaper reaper;
  private final InstalledFeature installed;

  private StandingReaper(InstalledFeature installed, BpfMap reverse, Reaper reaper) {
    this.installed = installed;
    this.reverse = reverse;
    this.reaper = reaper;
  }

  /**
   * Opens one.
   *
   * @param bpfFileSystem where the load balancer's pins are
   * @param cgroupPath what it is attached to
   * @throws IOException if there is none, or the kernel can't list its sockets
   */
  public static StandingReaper open(Path bpfFileSystem, Path cgroupPath) throws IOException {
    InstalledFeature installed =
        new InstalledFeature(
            PinnedFeature.at(bpfFileSystem, Feature.LOAD_BALANCER, CgroupFolder.id(cgroupPath)));
    BpfMap reverse = installed.openMap("reverse");
    try {
      return new StandingReaper(installed, reverse, Reaper.over(reverse));
    } catch (IOException | RuntimeException e) {
      reverse.close();
      throw e;
    }
  }

  /** False once the load balancer was uninstalled, and maybe installed anew. */
  public boolean isUpToDate() throws IOException {
    try (BpfMap now = installed.openMap("reverse")) {
      return now.info().id() == reverse.info().id();
    }
  }

  /**
   * Reaps once, by the table in force.
   *
   * @throws IOException if sockets or namespaces can't be listed; what goes wrong with one socket
   *     is in the report
   */
  public ReapReport reap() throws IOException {
    try (BpfMap tables = installed.openMap("tables")) {
      ServiceTable table = new ServiceTable(tables);
      return reaper.reap(() -> ServingBackends.of(table.read())::contains);
    }
  }

  /** Lets go of it; idempotent. */
  @Override
  public void close() throws IOException {
    try (BpfMap _ = reverse) {
      reaper.close();
    }
  }
}
