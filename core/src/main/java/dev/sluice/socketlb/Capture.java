// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfFeatures;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.NamespaceHook;
import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * Sends a pod's connections to its proxy by programs on sockets, without netfilter. Everything
 * lives in the kernel: it goes on when this process has ended. Blocks its caller; one at a time on
 * a cgroup.
 */
public final class Capture {
  static final String STEERING = "sluice_cap_sk_lookup";
  private static final byte[] FIRST = new byte[Integer.BYTES];

  private Capture() {}

  /** What becomes of new connections while the proxy doesn't serve; {@code enum when_dead}. */
  public enum WhenDead {
    /** They go where they would go without Sluice. */
    OPEN(0),
    /** They are refused. */
    CLOSED(1);

    private final int number;

    WhenDead(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static WhenDead of(int number) {
      return number == OPEN.number ? OPEN : CLOSED;
    }

    /** As people write it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Where.
   *
   * @param cgroup of the pod: its application and its proxy, both in cgroups below
   * @param proxyCgroup of the proxy, below the pod's: its own connections are left alone
   * @param namespace of the pod, a name of {@code ip netns} or a path
   */
  public record Pod(Path cgroup, Path proxyCgroup, String namespace) {}

  /**
   * What becomes of connections without a proxy.
   *
   * @param whenDead the answer
   * @param patience without a sign of life, after which a proxy that still listens counts as dead
   */
  public record Without(WhenDead whenDead, Duration patience) {}

  /**
   * Attaches the programs, or changes the options of those that are attached.
   *
   * @param bpfFileSystem where it is mounted
   * @throws IOException if anything is refused; what was in force before is in force
   */
  public static void on(Path bpfFileSystem, Pod pod, CaptureOptions options, Without without)
      throws IOException {
    CaptureSettings settings =
        new CaptureSettings(
            proxyCgroup(pod),
            without.patience(),
            without.whenDead(),
            options.proxy(),
            options.outbound().every(),
            options.inbound().every());
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem);
        Cgroup cgroup = Cgroup.open(pod.cgroup());
        NetworkNamespace namespace = NetworkNamespace.open(HostNamespace.path(pod.namespace()));
        Rollback rollback = new Rollback()) {
      PinnedFeature place =
          PinnedFeature.at(bpfFileSystem, Feature.CAPTURE, CgroupFolder.id(pod.cgroup()));
      requireSameNamespace(place, namespace);
      FeatureInstaller installer = new FeatureInstaller(place, cgroup, order(), rollback);
      // What was changed in the maps is taken back while they are open.
      try (BpfCollection loaded = installer.install();
          Rollback changes = new Rollback()) {
        // Until the settings are there, the programs let everything pass.
        new CaptureTables(loaded).replace(options, changes);
        put(loaded.map("capture"), settings, changes);
        installer.attach(
            loaded.program(STEERING),
            () -> NamespaceHook.of(namespace).attach(loaded.program(STEERING)));
        changes.commit();
        rollback.commit();
      }
    }
  }

  /**
   * Detaches and removes all of it.
   *
   * @return false if nothing was there
   */
  public static boolean off(Path bpfFileSystem, Path cgroup) throws IOException {
    PinnedFeature place = PinnedFeature.at(bpfFileSystem, Feature.CAPTURE, CgroupFolder.id(cgroup));
    try (ChangeLock _ = ChangeLock.take(bpfFileSystem)) {
      boolean there = place.exists();
      place.remove();
      return there;
    }
  }

  /** Before a load balancer on the same cgroup, which would put the backend in the way. */
  private static AttachOrder order() {
    return BpfFeatures.linkOrder() instanceof ProbeResult.Supported
        ? AttachOrder.first()
        : AttachOrder.unspecified();
  }

  private static long proxyCgroup(Pod pod) throws IOException {
    long id = CgroupFolder.id(pod.proxyCgroup());
    Path proxy = pod.proxyCgroup().toRealPath();
    Path cgroup = pod.cgroup().toRealPath();
    if (!proxy.startsWith(cgroup) || proxy.equals(cgroup)) {
      throw new IOException(
          "using " + proxy + " as the proxy's cgroup: expected one below the pod's, " + cgroup);
    }
    return id;
  }

  private static void requireSameNamespace(PinnedFeature place, NetworkNamespace namespace)
      throws IOException {
    Path pin = place.link(STEERING);
    if (!Files.exists(pin)) {
      return;
    }
    try (BpfLink link = BpfLink.openPinned(pin)) {
      LinkInfo info = link.info();
      if (!info.isDefunct()
          && info.target() instanceof LinkInfo.Target.Namespace there
          && Integer.toUnsignedLong(there.inode()) != namespace.inode()) {
        throw new IOException(
            "capturing for "
                + namespace
                + ": this cgroup's connections are captured in net:["
                + Integer.toUnsignedLong(there.inode())
                + "]; run 'sluice capture off' first");
      }
    }
  }

  private static void put(BpfMap map, CaptureSettings settings, Rollback rollback)
      throws IOException {
    byte[] former = map.lookup(FIRST);
    byte[] before = former == null ? new byte[CaptureSettings.BYTES] : former;
    byte[] wanted = settings.encode();
    if (!Arrays.equals(before, wanted)) {
      rollback.add(() -> map.put(FIRST, before));
      map.put(FIRST, wanted);
    }
  }
}
