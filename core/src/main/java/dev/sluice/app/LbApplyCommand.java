// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.BackendSets;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Reaper;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice lb apply}. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description = {
      "Brings the services of the files into force, all at once; a service that isn't in them is"
          + " gone.",
      "Example: sluice lb apply -f services.yaml --scope host"
    })
final class LbApplyCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice lb apply: ";

  /** Lines about sockets that were ended. */
  private static final int MOST_SOCKETS = 20;

  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = "-f",
      paramLabel = "PATH",
      required = true,
      description = "A file or folder of Services and EndpointSlices; may be repeated.")
  private List<Path> files = List.of();

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      description = "Whose connections: all, host or none (default: all).")
  private Scope scope = Scope.ALL;

  @Option(
      names = "--host-netns",
      paramLabel = "NAME",
      description =
          "The host's network namespace, by name or path (default: the one that this runs in).")
  private String hostNamespace = "/proc/self/ns/net";

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description = "Below which cgroup (default: the root of the cgroup v2 tree).")
  private @Nullable Path cgroup;

  @Override
  public Integer call() {
    try {
      List<BackendSet> sets = BackendSets.of(KubernetesFiles.load(files));
      HostNamespace host = HostNamespace.of(hostNamespace);
      Path folder = KernelPlaces.cgroup(cgroup);
      LoadBalancer.Applied applied =
          LoadBalancer.apply(
              places.bpfFileSystem(),
              folder,
              new LoadBalancer.Change(sets, scope, host.cookie(), host.addresses()));
      System.err.println(
          PREFIX
              + applied.sets()
              + " sets of backends in force, scope "
              + scope.name().toLowerCase(Locale.ROOT)
              + ", "
              + applied.entries()
              + " table entries");
      reap(folder);
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> System.err.println(PREFIX + problem));
    } catch (IOException e) {
      System.err.println(PREFIX + e.getMessage());
    }
    return 1;
  }

  /** Services are in force already: what goes wrong here is said, and undoes nothing. */
  private void reap(Path folder) {
    try {
      Reaper.reap(places.bpfFileSystem(), folder)
          .toLines(MOST_SOCKETS)
          .forEach(line -> System.err.println(PREFIX + line));
    } catch (IOException e) {
      System.err.println(
          PREFIX + "sockets of backends that are gone were not looked for: " + e.getMessage());
    }
  }
}
