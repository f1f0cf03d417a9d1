// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.ProcessImage;
import dev.sluice.net.InterceptionMode;
import dev.sluice.socketlb.CaptureChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How a proxy in {@code SOCKET} mode gets the maps of the programs that capture for it. It is
 * started with the right to open their pins, opens them, and starts itself again without any right.
 */
final class SocketModeStart {
  private static final String DESCRIPTORS = "--capture-descriptors";

  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = "--capture-cgroup",
      paramLabel = "PATH",
      description =
          "SOCKET mode: what 'sluice capture on' was given as --cgroup (default: whatever captures"
              + " for the cgroup that this process is in).")
  private @Nullable Path cgroup;

  @Option(
      names = "--user",
      paramLabel = "UID",
      description =
          "SOCKET mode: as which user and group the proxy serves, without any capability (default"
              + " ${DEFAULT-VALUE}).")
  private long user = 1337;

  @Option(
      names = DESCRIPTORS,
      split = ",",
      hidden = true,
      description = "Maps that were handed over, by number; needs no privilege.")
  private List<Integer> descriptors = List.of();

  /** Sets an option for {@link PlainCommandLine}; false if it is none of these. */
  boolean set(String option, String value) {
    switch (option) {
      case "--capture-cgroup" -> cgroup = Path.of(value);
      case "--user" -> user = PlainValue.number(value);
      case DESCRIPTORS ->
          descriptors = Stream.of(value.split(",", -1)).map(PlainValue::number).toList();
      default -> {
        return places.set(option, value);
      }
    }
    return true;
  }

  /** What is wrong with the options for that mode, if anything is. */
  Optional<String> mistake(InterceptionMode mode) {
    boolean socket = mode == InterceptionMode.SOCKET;
    if (!socket && (cgroup != null || !descriptors.isEmpty())) {
      return Optional.of("--capture-cgroup is for --interception-mode SOCKET; it is " + mode);
    }
    if (user < 0 || user > 4_294_967_294L) {
      return Optional.of("--user is " + user + "; expected 0 to 4294967294");
    }
    return Optional.empty();
  }

  /**
   * The maps, once this process has no privilege left; empty in other modes. The first time it
   * doesn't return: the process starts again.
   */
  Optional<CaptureChannel> channel(InterceptionMode mode) throws IOException {
    if (!descriptors.isEmpty()) {
      // The application may run as the same user, and must not get at the descriptors.
      ProcessImage.forbidInspection();
      ProcessImage.keepDescriptors();
      return Optional.of(CaptureChannel.inherited(descriptors));
    }
    if (mode != InterceptionMode.SOCKET) {
      return Optional.empty();
    }
    Path bpf = places.bpfFileSystem();
    try (CaptureChannel channel =
        cgroup == null ? CaptureChannel.open(bpf) : CaptureChannel.open(bpf, cgroup)) {
      UnprivilegedStart.as(user, DESCRIPTORS, channel.descriptors());
    }
    throw new IllegalStateException("starting again without privileges returned");
  }
}
