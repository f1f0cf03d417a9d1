// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.model.MeshSnapshot;
import java.util.List;
import java.util.function.Consumer;

/** Tells a running proxy and its operator what became of the files. */
record ProxyConfiguration(FollowedFiles files, Consumer<MeshSnapshot> proxy, Consumer<String> log)
    implements FollowedFiles.Listener {
  @Override
  public void replaced(MeshSnapshot snapshot) {
    proxy.accept(snapshot);
    log.accept("configuration " + files.status().version() + " in force: " + size(snapshot));
  }

  @Override
  public void restored() {
    log.accept("the files are as they are in force again");
  }

  @Override
  public void rejected(List<String> problems) {
    problems.forEach(log);
    log.accept("configuration " + files.status().version() + " stays in force");
  }

  private static String size(MeshSnapshot snapshot) {
    return "services: " + snapshot.services().size() + ", policies: " + snapshot.policies().size();
  }
}
