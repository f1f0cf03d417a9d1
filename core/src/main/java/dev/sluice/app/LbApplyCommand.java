// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.socketlb.LoadBalancerMetrics;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.StandingReaper;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice lb apply}. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description = {
      "Brings the services of the files into force, all at once; a service that isn't in them is"
          + " gone.",
      "Example: sluice lb apply -f services.yaml --scope host",
      "Example: sluice lb apply -f /etc/sluice/services --watch --stats-port 15020"
    })
final class LbApplyCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice lb apply: ";

  @Spec private @Nullable CommandSpec spec;

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

  @Option(
      names = "--stats-port",
      paramLabel = "PORT",
      description =
          "With --watch: /stats/prometheus with what the kernel counts, on every address (default:"
              + " none).")
  private int statsPort;

  @Override
  public Integer call() throws InterruptedException {
    Optional<String> mistake = mistake();
    if (mistake.isPresent()) {
      throw CommandLineMistake.of(spec, mistake.get());
    }
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

  private Optional<String> mistake() {
    if (statsPort < 0 || statsPort > 65_535) {
      return Optional.of("--stats-port is " + statsPort + "; expected 0 to 65535");
    }
    return statsPort != 0 && !watch
        ? Optional.of("--stats-port " + statsPort + " without somebody to answer; expected --watch")
        : Optional.empty();
  }

  private int follow(LbApplication application, CountDownLatch told)
      throws ConfigurationException, IOException, InterruptedException {
    AdminServer.Places places = AdminServer.Places.ofMetrics(statsPort);
    try (AdminServer server = AdminServer.open(places, AdminServer.Turn.FIRST);
        LbFollower follower = LbFollower.begin(application)) {
      if (statsPort != 0) {
        LoadBalancerMetrics metrics =
            new LoadBalancerMetrics(application.bpfFileSystem(), application.cgroup());
        server.serveMetrics(metrics::appendTo, new RateLimitedLog(System.err, PREFIX));
      }
      application.say("following the files until SIGTERM");
      ReadinessNotice.tellReady().ifPresent(application::say);
      return follower.run(told) ? 0 : 1;
    }
  }

  private static void say(String line) {
    System.err.println(PREFIX + line);
  }

  private static void reap(LbApplication application) {
    try (StandingReaper reaper = application.openReaper()) {
      application.say(reaper.reap());
    } catch (IOException e) {
      application.sayNotReaped(e);
    }
  }
}
