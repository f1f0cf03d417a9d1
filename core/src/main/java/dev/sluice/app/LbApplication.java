// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.net.ExemptMark;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.BackendSets;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.ReapReport;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.StandingReaper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Brings the services of files into force, once or again and again, and says so. Confined to one
 * thread.
 *
 * @param files what to read
 * @param bpfFileSystem where pins are made
 * @param cgroup below which sockets are load balanced
 * @param scope whose connections
 * @param hostNamespace the host's network namespace, by name or path
 * @param exemptMark of sockets that need no proxy; empty if none is marked
 * @param says gets lines for a person
 */
record LbApplication(
    List<Path> files,
    Path bpfFileSystem,
    Path cgroup,
    Scope scope,
    String hostNamespace,
    Optional<ExemptMark> exemptMark,
    Consumer<String> says) {
  /** Lines about sockets that were ended. */
  private static final int MOST_SOCKETS = 20;

  void say(String line) {
    says.accept(line);
  }

  List<BackendSet> load() throws ConfigurationException {
    return BackendSets.of(KubernetesFiles.load(files), exemptMark.isPresent());
  }

  void apply(List<BackendSet> sets) throws IOException {
    say(LoadBalancer.apply(bpfFileSystem, cgroup, change(sets)));
  }

  /** False if it was uninstalled, and then nothing is done. */
  boolean applyAgain(List<BackendSet> sets) throws IOException {
    Optional<LoadBalancer.Applied> applied =
        LoadBalancer.applyAgain(bpfFileSystem, cgroup, change(sets));
    applied.ifPresent(this::say);
    return applied.isPresent();
  }

  private LoadBalancer.Change change(List<BackendSet> sets) throws IOException {
    HostNamespace host = HostNamespace.of(hostNamespace);
    return new LoadBalancer.Change(sets, scope, host.cookie(), host.addresses(), exemptMark);
  }

  private void say(LoadBalancer.Applied applied) {
    say(
        "%d sets of backends in force, scope %s, %d table entries"
            .formatted(applied.sets(), scope.name().toLowerCase(Locale.ROOT), applied.entries()));
  }

  StandingReaper openReaper() throws IOException {
    return StandingReaper.open(bpfFileSystem, cgroup);
  }

  void say(ReapReport report) {
    report.toLines(MOST_SOCKETS).forEach(says);
  }

  /**
   * Services are in force already: what goes wrong with old sockets is said, and undoes nothing.
   */
  void sayNotReaped(IOException failure) {
    say("sockets of backends that are gone were not looked for: " + failure.getMessage());
  }
}
