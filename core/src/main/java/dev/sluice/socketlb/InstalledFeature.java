// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A feature as it is in the kernel now, whoever put it there and whatever has happened since.
 * Immutable, except that {@link #openMap} opens what is there at that moment.
 */
public final class InstalledFeature {
  private final PinnedFeature place;

  InstalledFeature(PinnedFeature place) {
    this.place = place;
  }

  /**
   * One program that the feature consists of.
   *
   * @param program its name
   * @param hook where it belongs
   * @param state what has become of it
   */
  public record Part(String program, AttachType hook, State state) {}

  /** What has become of a program of ours. */
  public sealed interface State {
    /** It runs for that cgroup or namespace. */
    record Attached(int programId) implements State {}

    /** It doesn't: {@code why} says whether it was never attached, or detached since. */
    record Missing(String why) implements State {}
  }

  /** All that are pinned below {@code bpfFileSystem}. */
  public static List<InstalledFeature> all(Path bpfFileSystem) throws IOException {
    return PinnedFeature.all(bpfFileSystem).stream().map(InstalledFeature::new).toList();
  }

  /** Which one. */
  public Feature feature() {
    return place.feature();
  }

  /** On which cgroup; it may be gone. */
  public long cgroupId() {
    return place.cgroupId();
  }

  PinnedFeature place() {
    return place;
  }

  /** Where its pins are. */
  public Path folder() {
    return place.pins().path();
  }

  /** What is pinned, links first. */
  public List<Path> pins() throws IOException {
    return place.pins().pins();
  }

  /** Every program that it should consist of, as this version knows it. */
  public List<Part> parts() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (ProgramSpec program : place.feature().spec().programs().values()) {
      AttachType hook = program.kind().attachType().orElseThrow();
      parts.add(new Part(program.name(), hook, state(program.name())));
    }
    return parts;
  }

  private State state(String program) throws IOException {
    Path pin = place.link(program);
    if (!Files.exists(pin)) {
      return new State.Missing("its link is not pinned");
    }
    try (BpfLink link = BpfLink.openPinned(pin)) {
      LinkInfo info = link.info();
      if (info.isDefunct()) {
        return new State.Missing("its link is detached, or what it was attached to is gone");
      }
      return new State.Attached(info.programId());
    }
  }

  /**
   * One of its maps; the caller closes it.
   *
   * @throws SyscallException ENOENT if it isn't there
   */
  public BpfMap openMap(String name) throws SyscallException {
    return BpfMap.openPinned(place.maps().resolve(name));
  }

  /** Detaches and removes all of it. Half done it can be called again. */
  public void remove() throws IOException {
    place.remove();
  }
}
