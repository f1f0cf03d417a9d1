// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import picocli.CommandLine.IVersionProvider;

/**
 * {@code sluice --version}. Apart from {@link Version}, which a proxy needs at its start: picocli's
 * classes can't be in the class cache, nor what implements them.
 */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {Version.line()};
  }
}
