// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.linux.Capability;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.loop.SpareHeap;
import dev.sluice.loop.Workers;
import dev.sluice.node.NodeProxy;
import dev.sluice.node.NodeSettings;
import dev.sluice.node.PodChoice;
import dev.sluice.node.PodFollower;
import dev.sluice.node.PodWatcher;
import dev.sluice.node.SidecarFollower;
import dev.sluice.node.zds.AgentFollower;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

  @Mixin private NodePods pods = new NodePods();

  @Option(
      names = {"-f", "--policy"},
      paramLabel = "PATH",
      description =
          "A file or folder of Kubernetes Services, EndpointSlices and Istio"
              + " AuthorizationPolicies; may be repeated.")
  private List<Path> files = List.of();

  @Mixin private AccessLogOptions accessLog = new AccessLogOptions();

  @Mixin private ServingOptions serving = new ServingOptions();

  @Mixin private AdminOptions admin = new AdminOptions();

  @Option(
      names = "--status-socket",
      paramLabel = "PATH",
      description =
          "Where 'sluice node status' asks (default: node.sock in the folder of this network"
              + " namespace below /run/sluice).")
  private @Nullable Path statusSocket;

  @Mixin private NodeBalancing balancing = new NodeBalancing();

  @Mixin private DrainOptions drain = new DrainOptions();

  @Mixin private NodeLimits limits = new NodeLimits();

  @Override
  public Integer call() throws InterruptedException {
    Optional<String> mistake = mistake();
    if (mistake.isPresent()) {
      throw CommandLineMistake.of(spec, mistake.get());
    }
    RateLimitedLog complaints = new RateLimitedLog(System.err, PREFIX);
    try {
      Optional<String> lacking = Privileges.lackingForNode(pods.areFoundByProcess());
      if (lacking.isPresent()) {
        say(lacking.get());
        return 1;
      }
      String kept = LeastPrivilege.keep(neededCapabilities(), admin.group());
      if (!kept.isEmpty()) {
        say(kept);
      }
      Termination termination = new Termination();
      Signals.onTermination(termination::tell);
      ClassCache.complaint().ifPresent(NodeCommand::say);
      try (FollowedFiles followed = FollowedFiles.open(files)) {
        run(followed, complaints, termination);
      }
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> say(problem.toString()));
    } catch (IOException | IllegalStateException e) {
      say(String.valueOf(e.getMessage()));
    }
    return 1;
  }

  private List<Capability> neededCapabilities() throws IOException {
    ListenerPorts ports = serving.ports();
    List<Capability> needed =
        new ArrayList<>(
            LeastPrivilege.needed(true, ports.outbound(), ports.inbound(), admin.lowestPort()));
    needed.add(Capability.CAP_SYS_ADMIN);
    // iptables-legacy reaches its tables by a raw socket.
    needed.add(Capability.CAP_NET_RAW);
    // Sockets that hold on to an endpoint that is gone are looked for by their processes.
    if (pods.areFoundByProcess() || balancing.isWanted()) {
      needed.add(Capability.CAP_SYS_PTRACE);
    }
    return needed;
  }

  private Optional<String> mistake() {
    return pods.mistake()
        .or(serving::mistake)
        .or(accessLog::mistake)
        .or(limits::mistake)
        // Its own ports are the node's, those of the pods are each pod's.
        .or(() -> admin.mistake(0, 0))
        .or(() -> balancing.mistake(files));
  }

  private void run(FollowedFiles followed, RateLimitedLog complaints, Termination termination)
      throws ConfigurationException, IOException, InterruptedException {
    NodeSettings settings = limits.settings(serving, drain.time(System.getenv()));
    ConnectionMetrics metrics = OwnWorkload.metrics(OwnWorkload.ofNode(System.getenv()), followed);
    try (ConnectionLogs logs = new ConnectionLogs(accessLog.open(complaints));
        NodeBalancing.InForce services = balancing.start(files, NodeCommand::say);
        NetworkNamespace home = NetworkNamespace.current();
        Workers workers =
            Workers.start(serving.eventLoops(), line -> complaints.say("pipe", line))) {
      SpareHeap.watch(workers.all().getFirst());
      NodeProxy.Surroundings surroundings =
          new NodeProxy.Surroundings(
              followed::snapshot,
              metrics,
              logs::write,
              complaints,
              NodeCommand::say,
              services == null ? PodWatcher.none() : services.exemptions());
      try (NodeProxy proxy = new NodeProxy(settings, workers, home, surroundings);
          NodeStatusSocket _ = openStatus(proxy)) {
        PodFollower follower =
            new PodFollower(
                proxy, pods.served(), home.inode(), pods.scanInterval(), NodeCommand::say);
        Optional<AgentFollower> agent =
            pods.agent().map(socket -> new AgentFollower(proxy, socket, NodeCommand::say));
        RunningNode node =
            new RunningNode(
                settings.ofAll(),
                new RunningNode.Parts(
                    proxy,
                    workers,
                    followed,
                    metrics,
                    logs,
                    accessLog.target(),
                    Optional.ofNullable(services).map(NodeBalancing.InForce::metrics)),
                tasks(follower, agent),
                new RunningNode.Ending(termination, pods.failOpen()));
        try (AdminEntrance _ = AdminEntrance.open(admin, node, logs, complaints)) {
          logs.reopenWhenTold();
          followed.follow(
              new ProxyConfiguration(followed, _ -> proxy.decideAgain(), NodeCommand::say));
          List<Thread> others = new ArrayList<>();
          if (services != null) {
            others.add(inBackground("services", () -> services.follower().run(termination.told())));
          }
          followSidecars(proxy, home, termination.told()).ifPresent(others::add);
          serve(proxy, follower, agent, termination, others);
        }
      }
    }
  }

  private static List<RunningNode.Task> tasks(PodFollower pods, Optional<AgentFollower> agent) {
    List<RunningNode.Task> tasks = new ArrayList<>();
    tasks.add(new RunningNode.Task("looking for pods", pods::hasLooked));
    agent.ifPresent(
        from -> tasks.add(new RunningNode.Task("waiting for the agent's pods", from::knowsPods)));
    return tasks;
  }

  private Optional<Thread> followSidecars(
      NodeProxy proxy, NetworkNamespace home, CountDownLatch told) {
    List<PodChoice> choices = pods.withSidecar();
    if (choices.isEmpty()) {
      return Optional.empty();
    }
    SidecarFollower watching =
        new SidecarFollower(
            proxy,
            choices,
            home.inode(),
            serving.ports().outbound(),
            pods.scanInterval(),
            NodeCommand::say);
    return Optional.of(inBackground("sidecars", () -> watching.run(told)));
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
      PodFollower follower,
      Optional<AgentFollower> agent,
      Termination termination,
      List<Thread> others)
      throws InterruptedException {
    CountDownLatch told = termination.told();
    follower.step();
    say(
        "serving, outbound %d, inbound %d; up to %d connections, %d a pod"
            .formatted(
                serving.ports().outbound(),
                serving.ports().inbound(),
                limits.connections(),
                limits.podConnections()));
    agent.ifPresent(from -> others.add(inBackground("agent", () -> from.run(told))));
    ReadinessNotice.tellReady().ifPresent(NodeCommand::say);
    follower.run(told);
    for (Thread other : others) {
      other.join();
    }
    if (pods.failOpen()) {
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

  private static void say(String line) {
    System.err.println(PREFIX + line);
  }
}
