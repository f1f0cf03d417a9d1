// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.socketlb.InstalledFeature.Part;
import dev.sluice.socketlb.InstalledFeature.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel says about a feature. Immutable.
 *
 * @param feature which one
 * @param where its cgroup's folder, or that it is gone
 * @param detail more about it in a few words, such as the scope
 * @param capture what {@code detail} says of capture, for programs; empty for other features, and
 *     where its maps can't be read
 * @param parts every program that it should consist of
 * @param foreign the hooks on which other people's programs run too, on the same cgroup
 */
public record FeatureStatus(
    Feature feature,
    String where,
    Optional<String> detail,
    Optional<CaptureState> capture,
    List<Part> parts,
    List<AttachedHook> foreign) {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  /** Service 0, backend 0 among the load balancer's counters. */
  private static final byte[] FORGOTTEN = new byte[2 * Integer.BYTES];

  /** {@code SENT_BY_SOCKET} of the programs. */
  private static final int BACKENDS_OF_A_SOCKET = 128;

  /** Asks the kernel. */
  public static FeatureStatus of(InstalledFeature feature) throws IOException {
    List<Part> parts = feature.parts();
    Optional<Path> folder = CgroupFolder.find(feature.cgroupId());
    List<AttachedHook> foreign = folder.isPresent() ? foreign(folder.get(), parts) : List.of();
    String where =
        folder.map(Path::toString).orElse("cgroup " + feature.cgroupId() + ", which is gone");
    return switch (feature.feature()) {
      case LOAD_BALANCER -> of(feature, where, scope(feature), parts, foreign);
      case SERVICE_IP -> of(feature, where, ServiceIpFigures.text(feature, folder), parts, foreign);
      case CAPTURE -> ofCapture(feature, where, parts, foreign);
    };
  }

  private static FeatureStatus of(
      InstalledFeature feature,
      String where,
      String detail,
      List<Part> parts,
      List<AttachedHook> foreign) {
    return new FeatureStatus(
        feature.feature(), where, Optional.of(detail), Optional.empty(), parts, foreign);
  }

  private static FeatureStatus ofCapture(
      InstalledFeature feature, String where, List<Part> parts, List<AttachedHook> foreign) {
    Optional<CaptureState> state = Optional.empty();
    String detail;
    try {
      CaptureState now = CaptureState.of(feature);
      state = Optional.of(now);
      detail = now.text();
    } catch (SyscallException e) {
      detail = "its maps can't be read: " + e.getMessage();
    }
    return new FeatureStatus(Feature.CAPTURE, where, Optional.of(detail), state, parts, foreign);
  }

  /** Whether every program is attached. */
  public boolean isWhole() {
    return parts.stream().allMatch(part -> part.state() instanceof State.Attached);
  }

  private static String scope(InstalledFeature feature) throws IOException {
    try (BpfMap settings = feature.openMap("settings");
        BpfMap counters = feature.openMap("counters")) {
      byte[] now = settings.lookup(FIRST);
      Settings decoded = Settings.decode(now == null ? new byte[Settings.BYTES] : now);
      String scope = "scope " + decoded.scope().name().toLowerCase(Locale.ROOT);
      byte[] forgotten = counters.lookup(FORGOTTEN);
      return forgotten == null
          ? scope
          : scope
              + ", backends forgotten by UDP sockets with more than "
              + BACKENDS_OF_A_SOCKET
              + ": "
              + TableLayout.over(forgotten).getLong();
    } catch (SyscallException e) {
      return "its settings can't be read: " + e.getMessage();
    }
  }

  private static List<AttachedHook> foreign(Path folder, List<Part> parts) throws IOException {
    Set<Integer> ours = new HashSet<>();
    for (Part part : parts) {
      if (part.state() instanceof State.Attached attached) {
        ours.add(attached.programId());
      }
    }
    List<AttachedHook> found = new ArrayList<>();
    try (Cgroup cgroup = Cgroup.open(folder)) {
      for (Part part : parts) {
        if (part.hook().isCgroup()) {
          AttachedPrograms there = cgroup.hook(part.hook()).attached();
          if (!ours.containsAll(there.ids())) {
            found.add(
                new AttachedHook(
                    part.hook().section(), HookPath.names(there.ids()), there.isExclusive()));
          }
        }
      }
    }
    return found;
  }
}
