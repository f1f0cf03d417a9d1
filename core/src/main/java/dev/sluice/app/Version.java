// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** What {@code sluice --version} prints: the version of the jar, as the build wrote it there. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String ofJar = Main.class.getPackage().getImplementationVersion();
    return new String[] {"sluice " + Objects.requireNonNullElse(ofJar, "(not from a jar)")};
  }
}
