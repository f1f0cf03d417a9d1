// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The committed objects of {@code src/test/bpf}. */
final class TestObjects {
  private TestObjects() {}

  static byte[] bytes(String name) {
    String resource = "/dev/sluice/linux/bpf/" + name + ".bpf.o";
    try (InputStream stream = TestObjects.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("reading " + resource + ": it is not there");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CollectionSpec parse(String name) throws SpecException {
    return CollectionSpec.parse(bytes(name));
  }
}
