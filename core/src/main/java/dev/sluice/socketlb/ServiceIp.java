// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfFeatures;
import dev.sluice.linux.bpf.Cgroup;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Gives proxies in a cgroup back what their clients dialled, whoever translates the address
 * afterwards. Everything lives in the kernel and goes on when this process has ended. Blocks its
 * caller; several at once do it one after the other. Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON,
 * and a kernel with its type information (5.15 or later with CONFIG_DEBUG_INFO_BTF).
 */
public final class ServiceIp {
  private ServiceIp() {}

  /**
   * Attaches the programs, or brings those of an earlier version up to date.
   *
   * @param bpfFileSystem where it is mounted
   * @param folder a cgroup that holds the clients and the proxy
   * @throws IOException if anything is refused, or something would run before the recorder on the
   *     way of a connect; what was in force before is in force
   */
  public static void on(Path bpfFileSystem, Path folder) throws IOException {
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem);
        Cgroup cgroup = Cgroup.open(folder);
        Rollback rollback = new Rollback()) {
      PinnedFeature place =
          PinnedFeature.at(bpfFileSystem, Feature.SERVICE_IP, CgroupFolder.id(folder));
      HookPath path = new HookPath(folder);
      path.requireShared(Feature.SERVICE_IP.spec());
      new FeatureInstaller(place, cgroup, order(), rollback).install().close();
      path.requireNothingBefore(place);
      rollback.commit();
    }
  }

  /**
   * Detaches the programs and removes their pins.
   *
   * @return false if there were none
   */
  public static boolean off(Path bpfFileSystem, Path folder) throws IOException {
    PinnedFeature place =
        PinnedFeature.at(bpfFileSystem, Feature.SERVICE_IP, CgroupFolder.id(folder));
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      boolean there = place.exists();
      place.remove();
      return there;
    }
  }

  /** As early as this kernel lets a program run; {@link HookPath} finds out if that is enough. */
  private static AttachOrder order() {
    AttachOrder order =
        BpfFeatures.linkOrder() instanceof ProbeResult.Supported
            ? AttachOrder.first()
            : AttachOrder.unspecified();
    return BpfFeatures.linkBeforeChildren() instanceof ProbeResult.Supported
        ? order.beforeChildren()
        : order;
  }
}
