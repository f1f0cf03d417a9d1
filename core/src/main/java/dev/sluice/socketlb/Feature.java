// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** What Sluice can attach to a cgroup, each from one object file. Immutable. */
public enum Feature {
  /** Service addresses become backend addresses when a socket dials. */
  LOAD_BALANCER("lb", "socketlb"),
  /** A proxy gets the service address back that its client dialled. */
  SERVICE_IP("service-ip", "serviceip"),
  /** Connections go to and come from a proxy without netfilter. */
  CAPTURE("capture", "capture");

  private final String folder;
  private final String object;

  Feature(String folder, String object) {
    this.folder = folder;
    this.object = object;
  }

  /** The word for pins and for people. */
  public String word() {
    return folder;
  }

  /** The feature of that {@link #word()}, if there is one. */
  static Optional<Feature> ofWord(String word) {
    return Arrays.stream(values()).filter(feature -> feature.folder.equals(word)).findFirst();
  }

  /**
   * Its programs and maps, as compiled.
   *
   * @throws IOException if the object can't be read
   */
  CollectionSpec spec() throws IOException {
    return BpfObjects.parse(object);
  }
}
