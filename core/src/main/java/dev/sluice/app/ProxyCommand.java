// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.config.ProxySettings;
import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.linux.Capability;
import dev.sluice.net.InterceptionMode;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import dev.sluice.workload.WorkloadProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice proxy}. */
@Command(
    name = "proxy",
    description = {
      "Proxies the connections that netfilter or 'sluice capture' steers to it, in the network"
          + " namespace that it is started in.",
      "Prints one line on standard error when it listens. Follows the files of -f: what is wrong"
          + " is said, and what was in force stays in force.",
      "On SIGTERM it stops accepting, lets open connections go on for a while and ends; a second"
          + " one ends it at once. SIGUSR1 opens the access log again.",
      "Example: sluice proxy --interception-mode TPROXY --access-log -",
      "Example: sluice proxy -f policies/ --dns-port 15053"
    },
    mixinStandardHelpOptions = true)
final class ProxyCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice proxy: ";

  /** For the JVM, the listeners, the log and the event loops. */
  private static final long OWN_DESCRIPTORS = 128;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--interception-mode",
      paramLabel = "MODE",
      description =
          "How connections get here: REDIRECT, TPROXY or SOCKET (default ${DEFAULT-VALUE}).")
  private InterceptionMode mode = InterceptionMode.REDIRECT;

  @Option(
      names = "--outbound-interception-mode",
      paramLabel = "MODE",
      description =
          "How leaving connections get here: REDIRECT or TPROXY (default REDIRECT; SOCKET with the"
              + " mode SOCKET).")
  private @Nullable InterceptionMode outboundMode;

  @Mixin private SocketModeStart socketMode = new SocketModeStart();

  @Mixin private ServingOptions serving = new ServingOptions();

  @Option(
      names = {"-f", "--policy"},
      paramLabel = "PATH",
      description =
          "A file or folder of Kubernetes Services, EndpointSlices and Istio"
              + " AuthorizationPolicies; may be repeated.")
  private List<Path> files = List.of();

  @Mixin private HotRestart hotRestart = new HotRestart();

  @Mixin private DnsStart dns = new DnsStart();

  @Mixin private AppProbeOptions appProbes = new AppProbeOptions();

  @Mixin private AccessLogOptions accessLog = new AccessLogOptions();

  @Mixin private DrainOptions drain = new DrainOptions();

  @Mixin private AdminOptions admin = new AdminOptions();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Open at once; one more is reset (default: what the descriptor limit allows).")
  private @Nullable Integer maxConnections;

  @Override
  public Integer call() throws InterruptedException {
    Optional<String> mistake = mistake();
    if (mistake.isPresent()) {
      throw CommandLineMistake.of(spec, mistake.get());
    }
    return serve();
  }

  /**
   * Sets an option as picocli would, for {@link PlainCommandLine}. One that isn't here is no
   * mistake: picocli reads the command line then.
   *
   * @throws RuntimeException if the value isn't plainly right
   */
  boolean set(String option, String value) {
    switch (option) {
      case "--interception-mode" -> mode = PlainValue.mode(value);
      case "--outbound-interception-mode" -> outboundMode = PlainValue.mode(value);
      case "-f", "--policy" -> files = PlainValue.append(files, Path.of(value));
      case "--max-connections" -> maxConnections = PlainValue.number(value);
      default -> {
        return serving.set(option, value)
            || accessLog.set(option, value)
            || dns.set(option, value)
            || socketMode.set(option, value)
            || drain.set(option, value)
            || admin.set(option, value)
            || appProbes.set(option, value);
      }
    }
    return true;
  }

  /** Serves until it is told to stop; the exit code. Only without a {@link #mistake()}. */
  int serve() throws InterruptedException {
    RateLimitedLog complaints = new RateLimitedLog(System.err, PREFIX);
    try {
      Optional<CaptureChannel> channel = socketMode.channel(mode);
      String kept = LeastPrivilege.keep(neededCapabilities(), admin.group());
      if (!kept.isEmpty()) {
        System.err.println(PREFIX + kept);
      }
      ClassCache.complaint().ifPresent(line -> System.err.println(PREFIX + line));
      Termination termination = new Termination();
      Signals.onTermination(termination::tell);
      ProxySettings settings =
          new ProxySettings(
              mode,
              outboundMode(),
              serving.ports(),
              serving.limits(
                  ServingOptions.connectionLimit(
                      OWN_DESCRIPTORS + dns.descriptors(), maxConnections)));
      try (FollowedFiles followed = FollowedFiles.open(files)) {
        return run(settings, channel, followed, complaints, termination);
      }
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> System.err.println(PREFIX + problem));
    } catch (IOException | IllegalStateException e) {
      System.err.println(PREFIX + e.getMessage());
    }
    return 1;
  }

  private List<Capability> neededCapabilities() throws IOException {
    boolean transparent =
        mode == InterceptionMode.TPROXY || outboundMode == InterceptionMode.TPROXY;
    return LeastPrivilege.needed(
        transparent,
        serving.ports().inbound(),
        serving.ports().outbound(),
        dns.port().orElse(0),
        admin.lowestPort());
  }

  private Optional<String> nodeMode() {
    return mode == InterceptionMode.NODE || outboundMode == InterceptionMode.NODE
        ? Optional.of(
            "interception mode NODE; expected REDIRECT, TPROXY or SOCKET: it is that of 'sluice"
                + " node'")
        : Optional.empty();
  }

  private InterceptionMode outboundMode() {
    boolean socket = mode == InterceptionMode.SOCKET;
    InterceptionMode usual = socket ? InterceptionMode.SOCKET : InterceptionMode.REDIRECT;
    InterceptionMode chosen = outboundMode == null ? usual : outboundMode;
    if (socket != (chosen == InterceptionMode.SOCKET)) {
      throw new IllegalStateException(
          "--outbound-interception-mode "
              + chosen
              + " with --interception-mode "
              + mode
              + "; expected SOCKET for both or for none");
    }
    return chosen;
  }

  private int run(
      ProxySettings settings,
      Optional<CaptureChannel> channel,
      FollowedFiles followed,
      RateLimitedLog complaints,
      Termination termination)
      throws IOException, InterruptedException {
    Counters counters = new Counters();
    ConnectionLogs logs = new ConnectionLogs(accessLog.open(complaints));
    String summary;
    Duration drainTime = drain.time(System.getenv());
    OwnWorkload own = OwnWorkload.of(System.getenv());
    ConnectionMetrics metrics = OwnWorkload.metrics(own.workload(), followed);
    Optional<Path> socket = admin.socket(complaints);
    hotRestart.beside(socket);
    try (RunningDns runningDns =
        dns.start(followed.snapshot(), hotRestart.isWanted(), complaints)) {
      ProxyProcess process =
          start(
              settings,
              new WorkloadProxy.World(followed::snapshot, channel),
              new WorkloadProxy.Observers(counters, metrics, logs::write, complaints));
      hotRestart.offer(process, settings, dns.port(), termination::tell, complaints);
      AdminServer server = listenToOperators(process, socket, complaints);
      server.serve(
          new RunningProxy(
              settings,
              process,
              followed,
              new RunningProxy.Telling(
                  own, counters, metrics, runningDns, logs, accessLog.target(), channel),
              new RunningProxy.End(termination, hotRestart::close)),
          logs.stream(),
          appProbes.probes(),
          complaints);
      logs.reopenWhenTold();
      System.err.println(PREFIX + process.description() + runningDns.description());
      followed.follow(
          new ProxyConfiguration(
              followed,
              snapshot -> {
                process.decideAgain();
                runningDns.answerFor(snapshot);
              },
              line -> System.err.println(PREFIX + line)));
      termination.told().await();
      hotRestart.close();
      if (hotRestart.given().isEmpty()) {
        process.drain(drainTime, termination.toldAgain());
        process.close();
        server.close();
      } else {
        // Whoever took over waits for the ports.
        server.close();
        process.close();
      }
      summary =
          counters.summary()
              + (hotRestart.given().isEmpty() ? process.remains() : "")
              + runningDns.summary();
    } finally {
      logs.close();
      if (hotRestart.given().isEmpty()) {
        admin.removeFolder(socket);
      }
    }
    System.err.println(
        PREFIX
            + "stopped "
            + summary
            + logs.summary()
            + hotRestart.given().map(what -> " handed_over=" + what.connections()).orElse(""));
    return hotRestart.end();
  }

  /** One that took over has the connections, and serves them in any case. */
  private AdminServer listenToOperators(
      ProxyProcess process, Optional<Path> socket, RateLimitedLog complaints) throws IOException {
    try {
      return AdminServer.open(
          admin.places(socket),
          process.tookOver() ? AdminServer.Turn.NEXT : AdminServer.Turn.FIRST);
    } catch (IOException e) {
      if (process.tookOver()) {
        complaints.say("admin", "nobody is answered: " + e.getMessage());
        return AdminServer.open(AdminServer.Places.NONE, AdminServer.Turn.NEXT);
      }
      hotRestart.close();
      process.close();
      throw e;
    }
  }

  private ProxyProcess start(
      ProxySettings settings, WorkloadProxy.World world, WorkloadProxy.Observers observers)
      throws IOException {
    return hotRestart.isWanted()
        ? ProxyProcess.takeOver(
            settings,
            serving.eventLoops(),
            world,
            observers,
            () -> hotRestart.ask(settings, dns.port()))
        : ProxyProcess.start(settings, serving.eventLoops(), world, observers);
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake() {
    return Stream.of(
            serving.mistake(),
            socketMode.mistake(mode),
            dns.mistake(serving.ports().outbound(), serving.ports().inbound()),
            accessLog.mistake(),
            appProbes.mistake(admin.statsPort()),
            admin.mistake(serving.ports().outbound(), serving.ports().inbound()),
            hotRestart.mistake(admin),
            ServingOptions.outside("--max-connections", maxConnections, 10_000_000),
            nodeMode())
        .flatMap(Optional::stream)
        .findFirst();
  }
}
