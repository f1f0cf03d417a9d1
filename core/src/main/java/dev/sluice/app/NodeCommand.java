// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.loop.SpareHeap;
import dev.sluice.loop.Workers;
import dev.sluice.node.NodeProxy;
import dev.sluice.node.PodChoice;
import dev.sluice.node.PodFollower;
import dev.sluice.node.PodWatcher;
import dev.sluice.node.SidecarFollower;
import dev.sluice.node.zds.AgentFollower;
import dev.sluice.telemetry.AccessLog;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice node}. */
@Command(
    name = "node",
    description = {
      "Proxies the connections of chosen pods of this node, inside the network namespace of each.",
      "Prints one line on standard error for each pod that comes or goes, and ends on SIGTERM."
          + " Follows the files of -f: what is wrong isn't taken, and what was in force stays."
          + " SIGUSR1 opens the access log again.",
      "Example: sluice node --pod 'uid:*' --access-log -",
      "Example: sluice node --pod 'netns:cni-*' -f /etc/sluice/policies"
    },
    subcommands = NodeStatusCommand.class,
    mixinStandardHelpOptions = true)
final class NodeCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice node: ";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--pod",
      paramLabel = "CHOICE",
      description =
          "Which pods: netns:NAME by the name of the network namespace in /run/netns, or uid:UID by"
              + " the uid that kubelet writes into the cgroup of a pod's processes; * is any text."
              + " May be repeated.")
  private List<String> pods = List.of();

  @Option(
      names = "--zds",
      arity = "0..1",
      fallbackValue = "/var/run/ztunnel/ztunnel.sock",
      paramLabel = "SOCKET",
      description =
          "Serve the pods that Istio's CNI agent hands over, at the place of its ztunnel (default"
              + " socket ${FALLBACK-VALUE}). The agent makes the rules.")
  private @Nullable Path zds;

  @Option(
      names = "--scan-interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Between two searches for pods (default 1s).")
  private Duration scanInterval = Duration.ofSeconds(1);

  @Option(
      names = {"-f", "--policy"},
      paramLabel = "PATH",
      description =
          "A file or folder of Kubernetes Services, EndpointSlices and Istio"
              + " AuthorizationPolicies; may be repeated.")
  private List<Path> files = List.of();

  @Mixin private AccessLogOptions accessLog = new AccessLogOptions();

  @Option(
      names = "--outbound-port",
      paramLabel = "PORT",
      description = "In each pod, where outbound connections are led (default ${DEFAULT-VALUE}).")
  private int outboundPort = 15001;

  @Option(
      names = "--inbound-port",
      paramLabel = "PORT",
      description = "In each pod, where inbound connections are led (default ${DEFAULT-VALUE}).")
  private int inboundPort = 15006;

  @Option(
      names = "--status-socket",
      paramLabel = "PATH",
      description =
          "Where 'sluice node status' asks (default: node.sock in the folder of this network"
              + " namespace below /run/sluice).")
  private @Nullable Path statusSocket;

  @Option(
      names = "--fail-open",
      description =
          "When told to end, take the rules out of the pods first: they go on without a proxy."
              + " Otherwise, and whenever the proxy dies, their new connections are refused.")
  private boolean failOpen;

  @Option(
      names = "--fail-open-sidecar",
      paramLabel = "CHOICE",
      description =
          "Pods, chosen as by --pod, that have a sidecar of their own and go on without it: the"
              + " rules of 'sluice init' are taken away while nobody listens at its ports, and made"
              + " again when it does. May be repeated.")
  private List<String> sidecars = List.of();

  @Mixin private NodeBalancing balancing = new NodeBalancing();

  @Mixin private DrainOptions drain = new DrainOptions();

  @Mixin private NodeLimits limits = new NodeLimits();

  @Override
  public Integer call() throws InterruptedException {
    List<PodChoice> choices = choices("--pod", pods);
    List<PodChoice> choicesOfSidecars = choices("--fail-open-sidecar", sidecars);
    checkChoices();
    checkNumbers();
    Termination termination = new Termination();
    Signals.onTermination(termination::tell);
    RateLimitedLog complaints = new RateLimitedLog(System.err, PREFIX);
    try {
      Optional<String> lacking =
          Privileges.lackingForNode(
              Stream.of(choices, choicesOfSidecars)
                  .flatMap(List::stream)
                  .anyMatch(choice -> choice.by() == PodChoice.By.UID));
      if (lacking.isPresent()) {
        say(lacking.get());
        return 1;
      }
      ClassCache.complaint().ifPresent(NodeCommand::say);
      try (FollowedFiles followed = FollowedFiles.open(files)) {
        run(choices, choicesOfSidecars, followed, complaints, termination);
      }
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> say(problem.toString()));
    } catch (IOException | IllegalStateException e) {
      say(String.valueOf(e.getMessage()));
    }
    return 1;
  }

  private void run(
      List<PodChoice> choices,
      List<PodChoice> choicesOfSidecars,
      FollowedFiles followed,
      RateLimitedLog complaints,
      Termination termination)
      throws ConfigurationException, IOException, InterruptedException {
    Duration drainTime = drain.time(System.getenv());
    @Nullable AccessLog log = accessLog.open(complaints);
    try (NodeBalancing.InForce services = balancing.start(files, NodeCommand::say);
        NetworkNamespace home = NetworkNamespace.current();
        Workers workers =
            Workers.start(limits.eventLoops(), line -> complaints.say("pipe", line))) {
      SpareHeap.watch(workers.all().getFirst());
      NodeProxy.Surroundings surroundings =
          new NodeProxy.Surroundings(
              followed::snapshot,
              log == null ? _ -> {} : log::write,
              complaints,
              NodeCommand::say,
              services == null ? PodWatcher.none() : services.exemptions());
      try (NodeProxy proxy =
              new NodeProxy(
                  limits.settings(new ListenerPorts(outboundPort, inboundPort), drainTime),
                  workers,
                  home,
                  surroundings);
          NodeStatusSocket _ = openStatus(proxy)) {
        if (log != null) {
          Signals.onUser1(log::reopen);
        }
        followed.follow(
            new ProxyConfiguration(followed, _ -> proxy.decideAgain(), NodeCommand::say));
        List<Thread> others = new ArrayList<>();
        if (services != null) {
          others.add(inBackground("services", () -> services.follower().run(termination.told())));
        }
        if (!choicesOfSidecars.isEmpty()) {
          SidecarFollower watching =
              new SidecarFollower(
                  proxy,
                  choicesOfSidecars,
                  home.inode(),
                  outboundPort,
                  scanInterval,
                  NodeCommand::say);
          others.add(inBackground("sidecars", () -> watching.run(termination.told())));
        }
        serve(proxy, choices, home, termination, others);
      }
    } finally {
      if (log != null) {
        log.close();
      }
    }
  }

  /** It is no reason not to serve if the usual place can't be written to; a chosen one is. */
  private @Nullable NodeStatusSocket openStatus(NodeProxy proxy) throws IOException {
    try {
      return NodeStatusSocket.open(
          NodeStatusSocket.place(statusSocket), () -> NodeStatusJson.of(proxy), NodeCommand::say);
    } catch (IOException e) {
      if (statusSocket != null) {
        throw e;
      }
      say("'sluice node status' won't work: " + e.getMessage());
      return null;
    }
  }

  private void serve(
      NodeProxy proxy,
      List<PodChoice> choices,
      NetworkNamespace home,
      Termination termination,
      List<Thread> others)
      throws InterruptedException {
    CountDownLatch told = termination.told();
    PodFollower follower =
        new PodFollower(proxy, choices, home.inode(), scanInterval, NodeCommand::say);
    follower.step();
    say(
        "serving, outbound %d, inbound %d; up to %d connections, %d a pod"
            .formatted(outboundPort, inboundPort, limits.connections(), limits.podConnections()));
    if (zds != null) {
      AgentFollower agent = new AgentFollower(proxy, zds, NodeCommand::say);
      others.add(inBackground("agent", () -> agent.run(told)));
    }
    ReadinessNotice.tellReady().ifPresent(NodeCommand::say);
    follower.run(told);
    for (Thread other : others) {
      other.join();
    }
    if (failOpen) {
      proxy.letGo();
    }
    proxy.drain(drain.time(System.getenv()), termination.toldAgain());
    proxy.close();
    say("stopped " + proxy.total().summary());
  }

  /** What goes on until the command is told to end. */
  @FunctionalInterface
  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private static Thread inBackground(String name, Task task) {
    return Thread.ofPlatform()
        .name("sluice-" + name)
        .start(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                say(name + ": " + e.getMessage());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private List<PodChoice> choices(String option, List<String> texts) {
    List<PodChoice> choices = new ArrayList<>();
    for (String text : texts) {
      try {
        choices.add(PodChoice.parse(text));
      } catch (IllegalArgumentException e) {
        throw wrong(option + " " + e.getMessage());
      }
    }
    return choices;
  }

  private void checkChoices() {
    if (pods.isEmpty() && zds == null && sidecars.isEmpty()) {
      throw wrong("no pods; expected --pod, such as --pod 'uid:*', --zds or --fail-open-sidecar");
    }
    if (failOpen && pods.isEmpty()) {
      throw wrong(
          "--fail-open without --pod; expected --pod: the rules of other pods aren't this proxy's");
    }
  }

  private void checkNumbers() {
    checkPort("--outbound-port", outboundPort);
    checkPort("--inbound-port", inboundPort);
    if (outboundPort == inboundPort) {
      throw wrong("--outbound-port and --inbound-port are both " + inboundPort + "; expected two");
    }
    accessLog
        .mistake()
        .or(limits::mistake)
        .or(() -> balancing.mistake(files))
        .ifPresent(
            mistake -> {
              throw wrong(mistake);
            });
  }

  private void checkPort(String option, int value) {
    if (value < 1 || value > 65_535) {
      throw wrong(option + " is " + value + "; expected 1 to 65535");
    }
  }

  private ParameterException wrong(String message) {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return new ParameterException(spec.commandLine(), message);
  }

  private static void say(String line) {
    System.err.println(PREFIX + line);
  }
}
