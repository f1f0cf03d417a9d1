// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.Errno;
import dev.sluice.linux.ProbeResult;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.LoadOptions;
import java.io.IOException;

/** Whether this kernel takes the programs and maps of a feature. Thread-safe. */
public final class FeatureProbe {
  private FeatureProbe() {}

  /** Loads all of them, attaches and pins nothing, and lets go of them. */
  public static ProbeResult load(Feature feature) {
    try (BpfCollection _ = BpfCollection.load(feature.spec(), LoadOptions.everything())) {
      return new ProbeResult.Supported();
    } catch (SyscallException e) {
      return e.is(Errno.EPERM)
          ? new ProbeResult.Inconclusive(String.valueOf(e.getMessage()))
          : new ProbeResult.Unsupported(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new ProbeResult.Unsupported(String.valueOf(e.getMessage()));
    }
  }
}
