// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.LinkInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * For whom a pod's connections are captured, as the kernel has it. Immutable.
 *
 * @param proxyCgroup in which the proxy has to run; empty if it is gone
 * @param namespace the inode number of the pod's network namespace; 0 if it is gone
 * @param ports where the proxy has to listen
 * @param words of {@code sluice capture on}, for a shell, that ask for all its other options
 */
public record CapturePlace(
    Optional<Path> proxyCgroup,
    long namespace,
    CaptureOptions.ProxyPorts ports,
    List<String> words) {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  /** Copies the list. */
  public CapturePlace {
    words = List.copyOf(words);
  }

  /**
   * Asks the kernel.
   *
   * @param feature capture; another has no such place
   * @return empty if its maps or links are missing
   */
  public static Optional<CapturePlace> of(InstalledFeature feature) throws IOException {
    Path pin = feature.place().link(Capture.STEERING);
    if (feature.feature() != Feature.CAPTURE
        || !Files.exists(pin)
        || !Files.exists(feature.place().maps().resolve("capture"))) {
      return Optional.empty();
    }
    try (BpfMap map = feature.openMap("capture");
        BpfLink link = BpfLink.openPinned(pin)) {
      byte[] now = map.lookup(FIRST);
      CaptureSettings settings =
          CaptureSettings.decode(now == null ? new byte[CaptureSettings.BYTES] : now);
      long inode =
          link.info().target() instanceof LinkInfo.Target.Namespace there
              ? Integer.toUnsignedLong(there.inode())
              : 0;
      return Optional.of(
          new CapturePlace(
              CgroupFolder.find(settings.proxyCgroup()),
              inode,
              settings.ports(),
              CaptureWords.of(feature, settings)));
    }
  }
}
