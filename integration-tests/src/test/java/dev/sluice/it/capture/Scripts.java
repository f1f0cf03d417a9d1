// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What applications and clients do, in Python: programs that know nothing of Sluice. As texts,
 * since a uid without rights may not be able to read the checkout.
 */
final class Scripts {
  static final String SERVER = text("server.py");
  static final String CLIENT = text("client.py");
  static final String PROBER = text("prober.py");
  static final String ASKER = text("asker.py");
  static final String DATAGRAMS = text("datagrams.py");
  static final String INTRUDER = text("intruder.py");
  static final String SUPERVISOR = text("supervisor.py");

  private Scripts() {}

  private static String text(String name) {
    try (InputStream file = Scripts.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
