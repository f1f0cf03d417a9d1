// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import dev.sluice.rules.Family;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.socketlb.CaptureOptions;
import dev.sluice.socketlb.CapturePlace;
import dev.sluice.socketlb.CaptureState;
import dev.sluice.socketlb.Feature;
import dev.sluice.socketlb.InstalledFeature.Part;
import dev.sluice.socketlb.InstalledFeature.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What is wrong with programs on sockets: the places, who else is there, and ours. Pure. */
final class CgroupFindings {
  private final Facts facts;
  private final CgroupFacts cgroups;
  private final List<Finding> found = new ArrayList<>();

  private CgroupFindings(Facts facts) {
    this.facts = facts;
    this.cgroups = facts.cgroups();
  }

  static List<Finding> of(Facts facts) {
    CgroupFindings findings = new CgroupFindings(facts);
    if (facts.wanted().stream().anyMatch(mode -> !mode.byNetfilter())) {
      findings.places();
      findings.cgroups.hooks().forEach(findings::exclusive);
    }
    for (FeatureFacts feature : findings.cgroups.features()) {
      if (feature.onPath() || facts.isOfThisNamespace(feature)) {
        findings.broken(feature);
        findings.order(feature);
        findings.capture(feature);
      }
      findings.wrongPlace(feature);
    }
    return findings.found;
  }

  private void places() {
    if (cgroups.root().isEmpty()) {
      String mount =
          facts.host().versionOne()
              ? "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"
              : "mount -t cgroup2 none /sys/fs/cgroup";
      add(
          Fault.NO_CGROUP_TREE,
          "no cgroup v2 tree is mounted",
          "there is nothing that programs on sockets could be attached to",
          new Fix.Run(mount));
    }
    if (cgroups.bpfFileSystem().isEmpty()) {
      add(
          Fault.NO_BPF_FILE_SYSTEM,
          "no eBPF file system is mounted",
          "nothing that is attached to sockets outlives the command that attaches it",
          new Fix.Run("mount -t bpf bpf /sys/fs/bpf"));
    }
  }

  private void exclusive(HookFacts hook) {
    if (hook.sharing() == HookFacts.Sharing.MULTI) {
      return;
    }
    AttachedProgram program = hook.order().getFirst();
    add(
        Fault.EXCLUSIVE_ATTACHMENT,
        "%s is attached to %s of %s with %s"
            .formatted(program, hook.hook(), hook.cgroup(), hook.sharing().text()),
        hook.sharing() == HookFacts.Sharing.EXCLUSIVE
            ? "the kernel lets no program of Sluice in, there and below; its owner should attach it"
                + " with BPF_F_ALLOW_MULTI"
            : "a program of Sluice below would switch it off, so Sluice refuses; its owner should"
                + " attach it with BPF_F_ALLOW_MULTI",
        Fix.of(detach(hook, program), List.of(hook.cgroup().toString())));
  }

  private static String detach(HookFacts hook, AttachedProgram program) {
    return program.link() != 0
        ? "bpftool link detach id " + program.link()
        : "bpftool cgroup detach %s %s id %d".formatted(hook.cgroup(), hook.hook(), program.id());
  }

  private void broken(FeatureFacts feature) {
    if (feature.status().isWhole()) {
      return;
    }
    List<String> missing = new ArrayList<>();
    for (Part part : feature.status().parts()) {
      if (part.state() instanceof State.Missing(String why)) {
        missing.add(part.program() + " (" + why + ")");
      }
    }
    add(
        Fault.FEATURE_BROKEN,
        "%s on %s lacks %s"
            .formatted(
                feature.status().feature().word(),
                feature.status().where(),
                String.join(", ", missing)),
        "it does a part of what it should",
        again(feature, feature.cgroup()));
  }

  /** Switches a feature off where it is, and on at {@code cgroup}. */
  private Fix again(FeatureFacts feature, Optional<Path> cgroup) {
    String pins = facts.subject().pins();
    String former = feature.status().where();
    if (cgroup.isEmpty() || feature.cgroup().isEmpty()) {
      return new Fix.Run("sluice uninstall" + pins);
    }
    return switch (feature.status().feature()) {
      case SERVICE_IP ->
          Fix.of(
              "sluice service-ip off --cgroup %s%s && sluice service-ip on --cgroup %s%s"
                  .formatted(former, pins, cgroup.get(), pins),
              List.of(former, cgroup.get().toString()));
      case LOAD_BALANCER ->
          new Fix.Ask(
              "run 'sluice lb apply --cgroup " + cgroup.get() + pins + "' with its files again");
      case CAPTURE -> capturing(feature, cgroup.get());
    };
  }

  private Fix capturing(FeatureFacts feature, Path cgroup) {
    Optional<CapturePlace> place = feature.capture();
    Optional<Path> proxy = place.flatMap(CapturePlace::proxyCgroup);
    if (place.isEmpty() || proxy.isEmpty()) {
      return new Fix.Ask("run 'sluice capture on' with the options of before");
    }
    if (!facts.isOfThisNamespace(feature)) {
      return elsewhere();
    }
    String former = feature.status().where();
    String pins = facts.subject().pins();
    String options =
        "--proxy-cgroup %s --netns %s %s"
            .formatted(proxy.get(), namespace(), String.join(" ", place.get().words()))
            .strip();
    return Fix.of(
        "sluice capture off --cgroup %s%s && sluice capture on --cgroup %s %s%s"
            .formatted(former, pins, cgroup, options, pins),
        List.of(former, cgroup.toString(), proxy.get().toString()));
  }

  /** Who listens there, and what a line would have to name, isn't known here. */
  private static Fix elsewhere() {
    return new Fix.Ask(
        "run the doctor with --netns of the pod that is captured: its proxy lives there, not in the"
            + " namespace looked at");
  }

  private String namespace() {
    return facts.subject().namespace().map(Path::toString).orElse("/proc/self/ns/net");
  }

  /** Those that have to see first what was dialled. */
  private void order(FeatureFacts feature) {
    if (feature.status().feature() == Feature.LOAD_BALANCER || !feature.onPath()) {
      return;
    }
    for (Part part : feature.status().parts()) {
      String hook = part.hook().section().substring(part.hook().section().indexOf('/') + 1);
      if (part.state() instanceof State.Attached(int id) && hook.startsWith("connect")) {
        for (AttachedProgram each : cgroups.effective().getOrDefault(hook, List.of())) {
          if (each.id() == id) {
            break;
          }
          if (!each.isOurs()) {
            before(feature, hook, each);
          }
        }
      }
    }
  }

  private void before(FeatureFacts feature, String hook, AttachedProgram program) {
    Optional<HookFacts> where =
        cgroups.hooks().stream()
            .filter(each -> each.hook().equals(hook) && each.order().contains(program))
            .findFirst();
    boolean beside =
        where.isPresent() && where.get().cgroup().equals(feature.cgroup().orElse(Path.of("/")));
    add(
        Fault.REWRITTEN_BEFORE,
        "%s runs before %s of Sluice on %s, attached to %s"
            .formatted(
                program,
                feature.status().feature().word(),
                hook,
                where.map(each -> each.cgroup().toString()).orElse("a cgroup above")),
        "what was dialled is rewritten before it is recorded: the proxy is told the backend",
        beside && feature.status().feature() == Feature.SERVICE_IP
            ? again(feature, feature.cgroup())
            : where
                .map(each -> Fix.of(detach(each, program), List.of(each.cgroup().toString())))
                .orElseGet(() -> new Fix.Ask("have its owner attach it without BPF_F_PREORDER")));
  }

  private void capture(FeatureFacts feature) {
    Optional<CaptureState> state = feature.status().capture();
    if (state.isEmpty()) {
      return;
    }
    CaptureState now = state.get();
    boolean both = facts.namespace().sockets().ipv6() == Ipv6Support.ON;
    if (now.isDead()) {
      add(
          Fault.PROXY_DEAD,
          "the proxy of the pod at "
              + feature.status().where()
              + " doesn't serve: "
              + (now.listening().isEmpty()
                  ? "it has no listener"
                  : "it gave no sign of life for longer than "
                      + now.without().patience().toMillis()
                      + " ms"),
          "new connections fail " + now.without().whenDead().word() + ProxyStart.UNKNOWN,
          start(feature));
    } else if (both && now.listening().size() < 2) {
      add(
          Fault.ONE_FAMILY,
          "the proxy of the pod at "
              + feature.status().where()
              + " listens for "
              + now.listening()
              + " only",
          "connections of the other family fail " + now.without().whenDead().word(),
          start(feature));
    }
  }

  private Fix start(FeatureFacts feature) {
    Optional<CapturePlace> place = feature.capture();
    Optional<Path> proxy = place.flatMap(CapturePlace::proxyCgroup);
    if (place.isEmpty() || proxy.isEmpty()) {
      return new Fix.Ask("start the proxy in its cgroup");
    }
    if (!facts.isOfThisNamespace(feature)) {
      return elsewhere();
    }
    CaptureOptions.ProxyPorts ports = place.get().ports();
    String where = feature.status().where();
    String fresh =
        "sluice proxy --interception-mode SOCKET --capture-cgroup "
            + where
            + facts.subject().pins()
            + ProxyFindings.port("--outbound-port", ports.outbound(), ProxyPorts.ISTIO.outbound())
            + ProxyFindings.port("--inbound-port", ports.inbound(), ProxyPorts.ISTIO.inbound());
    Fix fix =
        ProxyStart.of(
            holders(ports),
            fresh,
            line ->
                "sh -c 'echo $$ > %s/cgroup.procs && exec %s'"
                    .formatted(proxy.get(), facts.subject().inside(line)),
            "in the cgroup " + proxy.get(),
            Set.of());
    return fix instanceof Fix.Run(String line)
        ? Fix.of(line, List.of(proxy.get().toString(), where))
        : fix;
  }

  private Set<Resident> holders(CaptureOptions.ProxyPorts ports) {
    NamespaceFacts.Sockets sockets = facts.namespace().sockets();
    Set<Resident> holders = new LinkedHashSet<>();
    for (Family family : Family.values()) {
      for (int port : List.of(ports.outbound(), ports.inbound())) {
        sockets.on(family, port).forEach(each -> sockets.holder(each).ifPresent(holders::add));
      }
    }
    return holders;
  }

  private void wrongPlace(FeatureFacts feature) {
    Optional<Path> root = cgroups.root();
    if (root.isEmpty() || feature.cgroup().isEmpty()) {
      return;
    }
    if (facts.isOfThisNamespace(feature)) {
      outside(feature, root.get());
    } else if (!feature.onPath() && feature.status().feature() != Feature.CAPTURE) {
      boolean named = facts.subject().asked().contains(modeOf(feature));
      boolean pod = facts.subject().namespace().isPresent() || facts.subject().cgroup().isPresent();
      if (pod && named) {
        elsewhere(feature);
      }
    }
  }

  private static Mode modeOf(FeatureFacts feature) {
    return feature.status().feature() == Feature.LOAD_BALANCER ? Mode.LB : Mode.SERVICE_IP;
  }

  private void elsewhere(FeatureFacts feature) {
    Path at = cgroups.at().orElse(Path.of("/"));
    add(
        Fault.WRONG_CGROUP,
        "%s is on %s%s; the pod is in %s"
            .formatted(
                feature.status().feature().word(),
                feature.status().where(),
                feature.populated() ? "" : ", where no process lives",
                at),
        "it does nothing for this pod",
        again(feature, Optional.of(at)));
  }

  /** Processes of the namespace that the cgroup of capture doesn't hold. */
  private void outside(FeatureFacts feature, Path root) {
    Path cgroup = feature.cgroup().orElseThrow();
    List<Resident> strangers =
        facts.namespace().sockets().residents().stream()
            .filter(each -> !CgroupFacts.folder(root, each).startsWith(cgroup))
            .toList();
    if (strangers.isEmpty()) {
      return;
    }
    Path wider = cgroup;
    for (Resident each : strangers) {
      while (!CgroupFacts.folder(root, each).startsWith(wider) && !wider.equals(root)) {
        wider = Objects.requireNonNull(wider.getParent(), "the root is above all");
      }
    }
    add(
        Fault.WRONG_CGROUP,
        "capture is on %s; process %d of this namespace is in %s"
            .formatted(
                cgroup, strangers.getFirst().pid(), CgroupFacts.folder(root, strangers.getFirst())),
        "its connections go past the proxy",
        wider.equals(root)
            ? new Fix.Ask("start it below " + cgroup)
            : again(feature, Optional.of(wider)));
  }

  private void add(Fault fault, String what, String follows, Fix fix) {
    found.add(new Finding(fault, what, follows, fix));
  }
}
