// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.config.ProxySettings;
import dev.sluice.config.ProxySettings.ConnectionLimits;
import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.linux.Capability;
import dev.sluice.linux.ResourceLimits;
import dev.sluice.linux.SyscallException;
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

  @Option(
      names = "--outbound-port",
      paramLabel = "PORT",
      description = "Where outbound connections are redirected to (default ${DEFAULT-VALUE}).")
  private int outboundPort = 15001;

  @Option(
      names = "--inbound-port",
      paramLabel = "PORT",
      description = "Where inbound connections are steered to (default ${DEFAULT-VALUE}).")
  private int inboundPort = 15006;

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

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Until an upstream has answered (default 10s).")
  private Duration connectTimeout = Duration.ofSeconds(10);

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Without a byte in either direction (default 1h).")
  private Duration idleTimeout = Duration.ofHours(1);

  @Mixin private DrainOptions drain = new DrainOptions();

  @Mixin private AdminOptions admin = new AdminOptions();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Open at once; one more is reset (default: what the descriptor limit allows).")
  private @Nullable Integer maxConnections;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description =
          "Threads that move bytes (default: the processors that this process may use, by its"
              + " affinity and the quota of its cgroups, rounded up).")
  private int eventLoops = Runtime.getRuntime().availableProcessors();

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
      case "--outbound-port" -> outboundPort = PlainValue.number(value);
      case "--inbound-port" -> inboundPort = PlainValue.number(value);
      case "-f", "--policy" -> files = PlainValue.append(files, Path.of(value));
      case "--connect-timeout" -> connectTimeout = DurationText.parse(value);
      case "--idle-timeout" -> idleTimeout = DurationText.parse(value);
      case "--max-connections" -> maxConnections = PlainValue.number(value);
      case "--event-loops" -> eventLoops = PlainValue.number(value);
      default -> {
        return accessLog.set(option, value)
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
              new ListenerPorts(outboundPort, inboundPort),
              new ConnectionLimits(connectionLimit(), connectTimeout, idleTimeout));
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
        transparent, inboundPort, outboundPort, dns.port().orElse(0), admin.lowestPort());
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
    ConnectionMetrics metrics = OwnWorkload.metrics(System.getenv(), followed);
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
              new RunningProxy.Telling(counters, metrics, runningDns, logs, accessLog.target()),
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
            settings, eventLoops, world, observers, () -> hotRestart.ask(settings, dns.port()))
        : ProxyProcess.start(settings, eventLoops, world, observers);
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake() {
    return Stream.of(
            outside("--outbound-port", outboundPort, 65_535),
            outside("--inbound-port", inboundPort, 65_535),
            outside("--event-loops", eventLoops, 1024),
            samePort(),
            socketMode.mistake(mode),
            dns.mistake(outboundPort, inboundPort),
            accessLog.mistake(),
            appProbes.mistake(admin.statsPort()),
            admin.mistake(outboundPort, inboundPort),
            hotRestart.mistake(admin),
            maxConnections == null
                ? Optional.<String>empty()
                : outside("--max-connections", maxConnections, 10_000_000),
            nodeMode())
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> samePort() {
    return outboundPort == inboundPort
        ? Optional.of(
            "--outbound-port and --inbound-port are both " + inboundPort + "; expected two")
        : Optional.empty();
  }

  private static Optional<String> outside(String option, int value, int most) {
    return value < 1 || value > most
        ? Optional.of(option + " is " + value + "; expected 1 to " + most)
        : Optional.empty();
  }

  /** Two descriptors a connection, and none to spare for more than the process may open. */
  private int connectionLimit() throws SyscallException {
    long descriptors = ResourceLimits.raiseOpenFiles();
    long own = OWN_DESCRIPTORS + dns.descriptors();
    long most = (descriptors - own) / 2;
    if (most < 1 || (maxConnections != null && maxConnections > most)) {
      long wanted = own + 2L * (maxConnections == null ? 1 : maxConnections);
      throw new IllegalStateException(
          "the limit on open files is "
              + descriptors
              + "; expected at least "
              + wanted
              + (maxConnections == null ? "" : " for --max-connections " + maxConnections)
              + " (ulimit -n)");
    }
    return maxConnections == null ? (int) Math.min(most, Integer.MAX_VALUE) : maxConnections;
  }
}
