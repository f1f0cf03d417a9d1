// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.StandingReaper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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
      "Example: sluice lb apply -f services.yaml --scope host",
      "Example: sluice lb apply -f /etc/sluice/services --watch"
    })
final class LbApplyCommand implements Callable<Integer> {
  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "PATH",
      required = true,
      description =
          "A file or folder of Services, EndpointSlices and AuthorizationPolicies; may be"
              + " repeated.")
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

  @Option(
      names = "--exempt-mark",
      paramLabel = "MARK",
      converter = ExemptMarkConverter.class,
      description =
          "What sockets are marked with whose connections need no proxy (default: 0x1000, which"
              + " 'sluice init' leaves alone). none: behind rules of others; then all that a proxy"
              + " may capture stays proxied.")
  private ExemptMarkConverter.Choice exemptMark = ExemptMarkConverter.DEFAULT;

  @Option(
      names = "--watch",
      description =
          "Stay, and apply again whenever the files change; ends with 0 on SIGTERM or SIGINT, and"
              + " what is in force stays.")
  private boolean watch;

  @Override
  public Integer call() throws InterruptedException {
    try {
      LbApplication application =
          new LbApplication(
              files,
              places.bpfFileSystem(),
              KernelPlaces.cgroup(cgroup),
              scope,
              hostNamespace,
              exemptMark.mark(),
              LbApplyCommand::say);
      if (watch) {
        return follow(application, Signals.termination());
      }
      application.apply(application.load());
      reap(application);
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> say(problem.toString()));
    } catch (IOException e) {
      say(String.valueOf(e.getMessage()));
    }
    return 1;
  }

  private static int follow(LbApplication application, CountDownLatch told)
      throws ConfigurationException, IOException, InterruptedException {
    try (LbFollower follower = LbFollower.begin(application)) {
      application.say("following the files until SIGTERM");
      ReadinessNotice.tellReady().ifPresent(application::say);
      return follower.run(told) ? 0 : 1;
    }
  }

  private static void say(String line) {
    System.err.println("sluice lb apply: " + line);
  }

  private static void reap(LbApplication application) {
    try (StandingReaper reaper = application.openReaper()) {
      application.say(reaper.reap());
    } catch (IOException e) {
      application.sayNotReaped(e);
    }
  }
}
