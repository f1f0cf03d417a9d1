// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.it.Checkout;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The committed objects of the native module's tests. */
public final class BpfObjectFiles {
  private BpfObjectFiles() {}

  static Path path(String name) {
    return Checkout.home()
        .resolve("native/src/test/resources/dev/sluice/linux/bpf")
        .resolve(name + ".bpf.o");
  }

  public static CollectionSpec parse(String name) throws IOException {
    return CollectionSpec.parse(Files.readAllBytes(path(name)));
  }
}
