// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.socketlb.CapturePlace;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.Feature;
import dev.sluice.socketlb.FeatureStatus;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is on the way from the pod's cgroup to the root of the tree. Immutable.
 *
 * @param root of the v2 tree; empty if none is mounted
 * @param bpfFileSystem where pins are, or would be; empty if none is mounted
 * @param at the cgroup that is looked at; empty without a tree
 * @param hooks everything attached there and above, the cgroup itself first
 * @param effective by hook, what runs for a socket of that cgroup, in order
 * @param features all of ours that are pinned, on this path or not
 */
public record CgroupFacts(
    Optional<Path> root,
    Optional<Path> bpfFileSystem,
    Optional<Path> at,
    List<HookFacts> hooks,
    Map<String, List<AttachedProgram>> effective,
    List<FeatureFacts> features) {
  private static final Pattern FRONTEND =
      Pattern.compile("\\[?([0-9a-fA-F:.]+)]?:(\\d+)/TCP", Pattern.CASE_INSENSITIVE);
  private static final String SECTION = "cgroup/";

  /** Copies what can be copied. */
  public CgroupFacts {
    hooks = List.copyOf(hooks);
    features = List.copyOf(features);
  }

  static CgroupFacts gather(Subject subject, List<Resident> residents) throws IOException {
    Optional<Path> pins =
        subject.bpfFileSystem().isPresent() ? subject.bpfFileSystem() : BpfFileSystem.find();
    Optional<Path> root = mounted();
    if (root.isEmpty()) {
      return new CgroupFacts(root, pins, Optional.empty(), List.of(), Map.of(), List.of());
    }
    Path at = at(subject, root.get(), residents);
    Look look = new Look(linksByProgram());
    look.path(at, CgroupFolder.top(at));
    return new CgroupFacts(
        root, pins, Optional.of(at), look.hooks, look.effective, features(pins, at));
  }

  private static Optional<Path> mounted() {
    try {
      return Optional.of(CgroupFolder.root());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path at(Subject subject, Path root, List<Resident> residents) throws IOException {
    if (subject.cgroup().isPresent()) {
      CgroupFolder.id(subject.cgroup().get());
      return subject.cgroup().get().toRealPath();
    }
    return subject.namespace().isPresent() ? common(root, residents) : root.toRealPath();
  }

  /** The lowest cgroup that holds them all. */
  private static Path common(Path root, List<Resident> residents) throws IOException {
    Path top = root.toRealPath();
    Path found = null;
    for (Resident resident : residents) {
      Path folder = folder(top, resident);
      while (found != null && !folder.startsWith(found) && !found.equals(top)) {
        found = found.getParent();
      }
      found = found == null ? folder : found;
    }
    return found == null || !Files.isDirectory(found) ? top : found;
  }

  /** Where that process is, in a tree mounted at {@code root}. */
  static Path folder(Path root, Resident resident) {
    return root.resolve(resident.cgroup().substring(1)).normalize();
  }

  private static List<FeatureFacts> features(Optional<Path> pins, Path at) throws IOException {
    List<FeatureFacts> found = new ArrayList<>();
    if (pins.isPresent()) {
      for (InstalledFeature feature : InstalledFeature.all(pins.get())) {
        FeatureStatus status = FeatureStatus.of(feature);
        Optional<Path> cgroup =
            Optional.of(Path.of(status.where())).filter(path -> Files.isDirectory(path));
        found.add(
            new FeatureFacts(
                status,
                cgroup,
                cgroup.isPresent() && isPopulated(cgroup.get()),
                cgroup.isPresent() && at.startsWith(cgroup.get().toRealPath()),
                CapturePlace.of(feature),
                services(feature)));
      }
    }
    return found;
  }

  private static List<InetSocketAddress> services(InstalledFeature feature) {
    List<InetSocketAddress> found = new ArrayList<>();
    if (feature.feature() == Feature.LOAD_BALANCER) {
      try (InstalledLoadBalancer balancer = InstalledLoadBalancer.of(feature)) {
        for (InstalledLoadBalancer.ListedSet set : balancer.list()) {
          boolean proxied =
              switch (set.way().reason()) {
                case SOURCE_ADDRESS, NO_EXEMPTION -> true;
                case NO_POLICY, ALLOWED, DENIED, NOT_TCP, NO_SERVICE, CAPTURED, INBOUND -> false;
              };
          if (proxied && !set.backends().isEmpty()) {
            set.frontends().forEach(text -> address(text).ifPresent(found::add));
          }
        }
      } catch (IOException e) {
        // Of another version: what is wrong with it shows in its status.
      }
    }
    return found;
  }

  /** {@code 10.96.0.1:80/TCP}; empty for what else a frontend can be. */
  private static Optional<InetSocketAddress> address(String frontend) {
    Matcher match = FRONTEND.matcher(frontend);
    return match.matches()
        ? Optional.of(
            new InetSocketAddress(
                InetAddress.ofLiteral(match.group(1)), Integer.parseInt(match.group(2))))
        : Optional.empty();
  }

  /** The root, which has no such file, always is. */
  private static boolean isPopulated(Path cgroup) throws IOException {
    Path events = cgroup.resolve("cgroup.events");
    return !Files.exists(events) || Files.readAllLines(events).contains("populated 1");
  }

  /** By program, a link that attaches it to a cgroup. */
  private static Map<Integer, Integer> linksByProgram() throws IOException {
    Map<Integer, Integer> links = new LinkedHashMap<>();
    List<Integer> ids;
    try {
      ids = ObjectIds.links();
    } catch (SyscallException e) {
      return links; // What refuses this refuses every program too, and that is what is reported.
    }
    for (int id : ids) {
      try (BpfLink link = BpfLink.openById(id)) {
        LinkInfo info = link.info();
        if (info.target() instanceof LinkInfo.Target.Cgroup) {
          links.put(info.programId(), id);
        }
      } catch (SyscallException e) {
        // It is gone since it was listed.
      }
    }
    return links;
  }

  private static final class Look {
    private final List<HookFacts> hooks = new ArrayList<>();
    private final Map<String, List<AttachedProgram>> effective = new LinkedHashMap<>();
    private final Map<Integer, Integer> links;

    Look(Map<Integer, Integer> links) {
      this.links = links;
    }

    void path(Path cgroup, Path top) throws IOException {
      for (Path at = cgroup; at != null && at.startsWith(top); at = at.getParent()) {
        try (Cgroup open = Cgroup.open(at)) {
          for (AttachType hook : AttachType.values()) {
            if (hook.isCgroup() && hook.section().startsWith(SECTION)) {
              look(open, hook, at.equals(cgroup));
            }
          }
        }
      }
    }

    private void look(Cgroup cgroup, AttachType type, boolean lowest) throws IOException {
      String hook = type.section().substring(SECTION.length());
      try {
        AttachedPrograms there = cgroup.hook(type).attached();
        if (!there.ids().isEmpty()) {
          hooks.add(new HookFacts(hook, cgroup.path(), sharing(there), programs(there.ids())));
        }
        if (lowest) {
          List<AttachedProgram> order = programs(cgroup.hook(type).effective().ids());
          if (!order.isEmpty()) {
            effective.put(hook, order);
          }
        }
      } catch (SyscallException e) {
        // This kernel doesn't know the hook: nobody is attached to it.
      }
    }

    private static HookFacts.Sharing sharing(AttachedPrograms there) {
      if (there.isExclusive()) {
        return HookFacts.Sharing.EXCLUSIVE;
      }
      return there.allowsMore() ? HookFacts.Sharing.MULTI : HookFacts.Sharing.OVERRIDE;
    }

    private List<AttachedProgram> programs(List<Integer> ids) throws IOException {
      List<AttachedProgram> found = new ArrayList<>();
      for (int id : ids) {
        try (BpfProgram program = BpfProgram.openById(id)) {
          found.add(new AttachedProgram(id, program.name(), links.getOrDefault(id, 0)));
        } catch (SyscallException e) {
          // Detached since.
        }
      }
      return found;
    }
  }
}
