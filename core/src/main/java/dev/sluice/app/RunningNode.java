// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.ProxyView;
import dev.sluice.config.ConfigurationStatus;
import dev.sluice.config.ProxySettings;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.loop.Workers;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.node.NodeProxy;
import dev.sluice.node.PodStatus;
import dev.sluice.socketlb.LoadBalancerMetrics;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.RecentConnections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/** The proxy of a node and what belongs to it, as its operator sees it. Thread-safe. */
final class RunningNode implements ProxyView {
  /** Series with the name of a pod; kubelet's own limit is 110 pods. */
  private static final int MOST_PODS = 256;

  private final ProxySettings settings;
  private final Parts parts;
  private final List<Task> start;
  private final Ending ending;
  private volatile boolean draining;

  /**
   * What is asked.
   *
   * @param target where the access log goes; empty without one
   * @param balancer what the load balancer on sockets counts; empty if it isn't this one's
   */
  record Parts(
      NodeProxy proxy,
      Workers workers,
      FollowedFiles files,
      ConnectionMetrics metrics,
      ConnectionLogs logs,
      Optional<String> target,
      Optional<LoadBalancerMetrics> balancer) {}

  /**
   * What has to be done before it is ready.
   *
   * @param name for a person, as what it is doing until then
   */
  record Task(String name, BooleanSupplier done) {}

  /**
   * How it ends.
   *
   * @param failOpen whether pods go on without it once it takes no more
   */
  record Ending(Termination termination, boolean failOpen) {}

  /** Ready when all of {@code start} is done. */
  RunningNode(ProxySettings settings, Parts parts, List<Task> start, Ending ending) {
    this.settings = settings;
    this.parts = parts;
    this.start = List.copyOf(start);
    this.ending = ending;
  }

  @Override
  public String version() {
    return Version.line();
  }

  @Override
  public Optional<String> unreadiness() {
    if (ending.termination().told().getCount() == 0) {
      return Optional.of("ending");
    }
    if (draining) {
      return Optional.of("draining");
    }
    return start.stream()
        .filter(task -> !task.done().getAsBoolean())
        .findFirst()
        .map(task -> "starting: " + task.name());
  }

  @Override
  public ProxySettings settings() {
    return settings;
  }

  @Override
  public Map<String, String> listeners() {
    Map<String, String> listeners = new LinkedHashMap<>();
    for (PodStatus pod : parts.proxy().status()) {
      if (pod.state() == PodStatus.State.SERVED) {
        String place = "*:%d in pod " + pod.name();
        listeners.put(place.formatted(settings.ports().outbound()), "outbound NODE");
        listeners.put(place.formatted(settings.ports().inbound()), "inbound NODE");
      }
    }
    return listeners;
  }

  @Override
  public ConfigurationStatus configuration() {
    return parts.files().status();
  }

  @Override
  public MeshSnapshot snapshot() {
    return parts.files().snapshot();
  }

  @Override
  public void connections(int most, Consumer<List<ConnectionView>> receiver) {
    parts.proxy().viewConnections(most, receiver);
  }

  @Override
  public void alive(Runnable then) {
    parts.workers().afterTurns(then);
  }

  @Override
  public int openConnections() {
    return parts.proxy().openConnections();
  }

  @Override
  public Optional<RecentConnections> recent() {
    return Optional.of(parts.logs().recent());
  }

  /** Every user of the node reaches the port; what is ordered there would hit all pods. */
  @Override
  public boolean takesOrdersAtPort() {
    return false;
  }

  @Override
  public void metrics(Exposition out) {
    parts.metrics().appendTo(out);
    parts.proxy().total().appendTo(out, openConnections());
    ProcessMetrics.loops(out, settings.limits().connections(), parts.workers());
    pods(out, parts.proxy().status());
    ProcessMetrics.files(out, parts.files().status());
    ProcessMetrics.logs(out, parts.logs());
    parts.balancer().ifPresent(balancer -> balancer.appendTo(out));
  }

  private static void pods(Exposition out, List<PodStatus> pods) {
    String count = "sluice_pods";
    out.family(count, Exposition.Type.GAUGE, "Pods, by what is done for them.");
    for (PodStatus.State state : PodStatus.State.values()) {
      long number = pods.stream().filter(pod -> pod.state() == state).count();
      out.sample(count, number, "state", state == PodStatus.State.SERVED ? "served" : "retiring");
    }
    perPod(
        out,
        "sluice_pod_connections_open",
        "Connections that are open, by pod.",
        pods,
        pod -> pod.connections().taken());
    perPod(
        out,
        "sluice_pod_held_bytes",
        "Bytes held for slow readers, by pod.",
        pods,
        pod -> pod.held().taken());
  }

  /** Two of a pod are one while the one before goes; those beyond the limit are others. */
  private static void perPod(
      Exposition out,
      String family,
      String help,
      List<PodStatus> pods,
      ToLongFunction<PodStatus> value) {
    Map<String, Long> byName = new LinkedHashMap<>();
    for (PodStatus pod : pods) {
      String name = pod.name().text();
      boolean known = byName.containsKey(name) || byName.size() < MOST_PODS;
      byName.merge(known ? name : "others", value.applyAsLong(pod), Long::sum);
    }
    out.family(family, Exposition.Type.GAUGE, help);
    byName.forEach((name, number) -> out.sample(family, number, "pod", name));
  }

  @Override
  public Optional<String> accessLog() {
    return parts.target();
  }

  @Override
  public void reopenAccessLog() {
    parts.logs().reopen();
  }

  @Override
  public void drain() {
    draining = true;
    if (ending.failOpen()) {
      parts.proxy().letGo();
    }
    parts.proxy().stopAccepting();
  }

  @Override
  public void quit() {
    ending.termination().tell();
  }
}
