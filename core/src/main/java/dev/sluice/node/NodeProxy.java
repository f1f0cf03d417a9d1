// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.netns.NamespaceSockets;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.HeldMemory;
import dev.sluice.loop.Workers;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.rules.RuleOptions;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import dev.sluice.workload.WorkloadProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Serves pods, each in its own network namespace, from the namespace that it lives in itself. A pod
 * that comes or goes touches nothing of another one. Thread-safe; adding and releasing block, one
 * pod at a time.
 */
public final class NodeProxy implements AutoCloseable {
  private static final long IDLE_POLL_MILLIS = 20;

  private final NodeSettings settings;
  private final Workers workers;
  private final NetworkNamespace home;
  private final Surroundings surroundings;
  private final PodRules rules;
  private final ConnectionSlots slots;
  private final HeldMemory memory;
  private final AtomicLong ids = new AtomicLong();
  private final Counters total = new Counters();
  private final Map<String, ServedPod> pods = new LinkedHashMap<>();
  private final Set<ServedPod> retiring = new HashSet<>();
  private volatile Present present = new Present(List.of(), List.of());
  private boolean failOpen;
  private boolean accepting = true;
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * What pods are served by and who is told.
   *
   * @param snapshot asked once for each connection that leaves a pod
   * @param metrics those of each pod are made beside these
   * @param log gets every connection that has ended; must not block
   * @param says gets a line for a person
   */
  public record Surroundings(
      Supplier<MeshSnapshot> snapshot,
      ConnectionMetrics metrics,
      Consumer<ConnectionRecord> log,
      RateLimitedLog complaints,
      Consumer<String> says,
      PodWatcher watcher) {}

  /** Who is there, for those who must not wait for a pod that comes or goes. */
  private record Present(List<ServedPod> served, List<ServedPod> retiring) {}

  /** Who makes the rules in a pod. */
  public enum Rules {
    /** This proxy, and it takes them away when the pod is released. */
    OURS,
    /** The agent that handed the pod over. */
    OF_AGENT
  }

  /**
   * Serves nobody yet. {@code workers} and {@code home}, the namespace that their threads live in,
   * stay the caller's, who closes this first.
   */
  public NodeProxy(
      NodeSettings settings, Workers workers, NetworkNamespace home, Surroundings surroundings) {
    this.settings = settings;
    this.workers = workers;
    this.home = home;
    this.surroundings = surroundings;
    this.rules = new PodRules(settings.ports());
    this.slots = new ConnectionSlots(settings.connections());
    this.memory = new HeldMemory(settings.memory());
  }

  /**
   * Serves a pod from now on. One with the same uid in another namespace is released before; in the
   * same one it is served already, and stays as it is.
   *
   * @param namespace is closed by this, whatever happens
   * @throws IOException if it can't be served; nothing of it is left then
   */
  public synchronized void add(PodName name, NetworkNamespace namespace, Rules by)
      throws IOException {
    boolean taken = false;
    try {
      if (!accepting) {
        throw new IOException("this proxy drains");
      }
      ServedPod before = pods.get(name.uid());
      if (before != null && before.namespace().inode() == namespace.inode()) {
        return;
      }
      requireFree(name, namespace);
      if (before != null) {
        release(name.uid(), "its network namespace is another one now");
      }
      pods.put(name.uid(), open(name, namespace, by));
      publish();
      taken = true;
    } finally {
      if (!taken) {
        namespace.close();
      }
    }
    surroundings.says().accept("pod " + name + ": served in net:[" + namespace.inode() + "]");
  }

  private void requireFree(PodName name, NetworkNamespace namespace) throws IOException {
    if (namespace.inode() == home.inode()) {
      throw new IOException(
          "pod " + name + " lives in the network namespace of this proxy; expected its own");
    }
    for (ServedPod other : pods.values()) {
      if (!other.name().uid().equals(name.uid())
          && other.namespace().inode() == namespace.inode()) {
        throw new IOException(
            "pod " + name + " lives in the network namespace of pod " + other.name());
      }
    }
  }

  private ServedPod open(PodName name, NetworkNamespace namespace, Rules by) throws IOException {
    SocketPlace inside = new NamespaceSockets(namespace, home);
    WorkloadProxy proxy =
        WorkloadProxy.open(
            settings.ofPod(),
            new WorkloadProxy.Place(inside, inside.marking(RuleOptions.NODE_MARK)),
            surroundings.complaints());
    ServedPod pod =
        new ServedPod(
            name,
            namespace,
            by == Rules.OURS,
            proxy,
            new ServedPod.Telling(total.part(), metricsOf(name)),
            slots.share(settings.podConnections()),
            memory.share(settings.podMemory()));
    try {
      surroundings.watcher().begins(name, namespace);
      start(pod);
      if (pod.ownRules()) {
        rules.apply(namespace);
      }
      return pod;
    } catch (IOException | RuntimeException e) {
      proxy.close();
      pod.telling().metrics().gone();
      unwatch(pod);
      throw e;
    }
  }

  private ConnectionMetrics metricsOf(PodName name) {
    ConnectionMetrics all = surroundings.metrics();
    return all.of(name.workload(all.workload().cluster()));
  }

  private void start(ServedPod pod) throws IOException {
    pod.proxy()
        .start(
            new WorkloadProxy.Resources(workers, pod.slots(), pod.memory(), ids),
            new WorkloadProxy.World(surroundings.snapshot(), Optional.empty()),
            new WorkloadProxy.Observers(
                pod.counters(),
                pod.telling().metrics(),
                surroundings.log(),
                surroundings.complaints()));
  }

  /**
   * Serves the pod no longer: its connections are reset, its rules are removed if they are ours,
   * and nothing holds its namespace. Does nothing if it isn't served.
   *
   * @param why for people
   */
  public synchronized void release(String uid, String why) {
    ServedPod pod = pods.remove(uid);
    publish();
    if (pod != null) {
      close(pod, why, pod.ownRules());
    }
  }

  /**
   * Serves the pod no longer, though it lives: nothing new comes in from now on, what is open may
   * go on for the drain time, and then it is as with {@link #release}.
   *
   * @param why for people
   */
  public synchronized void retire(String uid, String why) {
    ServedPod pod = pods.remove(uid);
    if (pod == null) {
      return;
    }
    if (pod.ownRules()) {
      letGo(pod);
    }
    pod.proxy().stopAccepting();
    retiring.add(pod);
    publish();
    Thread.ofVirtual().name("sluice-retiring").start(() -> awaitEnd(pod, why));
  }

  private void awaitEnd(ServedPod pod, String why) {
    try {
      awaitIdle(List.of(pod), settings.drainTime(), closing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (retiring.remove(pod)) {
        publish();
        close(pod, why, pod.ownRules());
      }
    }
  }

  private static void awaitIdle(List<ServedPod> pods, Duration atMost, CountDownLatch hurry)
      throws InterruptedException {
    long start = System.nanoTime();
    while (pods.stream().anyMatch(pod -> pod.proxy().isBusy())
        && System.nanoTime() - start < atMost.toNanos()
        && !hurry.await(IDLE_POLL_MILLIS, TimeUnit.MILLISECONDS)) {}
  }

  /**
   * Nothing new comes in from now on, in any pod; what is open may go on for a while. The pods stay
   * until {@link #close()}, and none may be added any more.
   *
   * @param atMost for all of them together
   * @param hurry ends the wait when it opens
   */
  public void drain(Duration atMost, CountDownLatch hurry) throws InterruptedException {
    stopAccepting();
    awaitIdle(present.served(), atMost, hurry);
  }

  private void close(ServedPod pod, String why, boolean removeRules) {
    String remark = "";
    try {
      if (removeRules) {
        rules.remove(pod.namespace());
      }
    } catch (IOException e) {
      remark = "; its rules stay: " + e.getMessage();
    }
    if (Stream.concat(pods.values().stream(), retiring.stream())
        .noneMatch(other -> other.namespace().inode() == pod.namespace().inode())) {
      // Else it has come back meanwhile, and what is excepted for it is the other one's.
      unwatch(pod);
    }
    int open = pod.slots().taken();
    try {
      pod.close();
    } catch (SyscallException e) {
      remark += "; " + e.getMessage();
    }
    surroundings
        .says()
        .accept(
            "pod %s: released, %s; open_at_end=%d %s%s"
                .formatted(pod.name(), why, open, pod.counters().summary(), remark));
  }

  private void unwatch(ServedPod pod) {
    try {
      surroundings.watcher().ends(pod.name(), pod.namespace());
    } catch (IOException e) {
      surroundings.says().accept("pod " + pod.name() + ": " + e.getMessage());
    }
  }

  /** The inode number of the namespace in which the pod is served; empty if it isn't. */
  public synchronized OptionalLong namespaceOf(String uid) {
    ServedPod pod = pods.get(uid);
    return pod == null ? OptionalLong.empty() : OptionalLong.of(pod.namespace().inode());
  }

  /** Resets every open connection of every pod that the snapshot of now denies. */
  public synchronized void decideAgain() {
    pods.values().forEach(pod -> pod.proxy().decideAgain());
  }

  private void publish() {
    present = new Present(List.copyOf(pods.values()), List.copyOf(retiring));
  }

  /** How each pod stands, in the order in which they came; doesn't block. */
  public List<PodStatus> status() {
    Present now = present;
    List<PodStatus> all = new ArrayList<>();
    now.served().forEach(pod -> all.add(PodStatus.of(pod, PodStatus.State.SERVED)));
    now.retiring().forEach(pod -> all.add(PodStatus.of(pod, PodStatus.State.RETIRING)));
    return all;
  }

  /** Hands {@code receiver} at most {@code most} open connections, soon; doesn't block. */
  public void viewConnections(int most, Consumer<List<ConnectionView>> receiver) {
    Present now = present;
    new OpenView(most, receiver)
        .of(Stream.concat(now.served().stream(), now.retiring().stream()).toList());
  }

  /** How many connections are open in all pods. */
  public int openConnections() {
    return slots.taken();
  }

  /**
   * Takes no more connections, and no more pods; what is open goes on. New connections of pods go
   * past it after {@link #letGo}, else they are refused. Blocks until none is on its way.
   */
  public synchronized void stopAccepting() {
    accepting = false;
    pods.values().forEach(pod -> pod.proxy().stopAccepting());
  }

  /** What all pods together had, of connections that have ended. */
  public Counters total() {
    return total;
  }

  /**
   * Pods go on without this proxy, and fail open: what they dial from now on, and what comes to
   * them, goes past it. What it has stays with it, and no pod may be added any more. {@link
   * #close()} takes the rules that are ours away.
   */
  public synchronized void letGo() {
    // Else a pod that comes before stopAccepting() would be the only one that fails closed.
    accepting = false;
    failOpen = true;
    pods.values().stream().filter(ServedPod::ownRules).forEach(this::letGo);
  }

  private void letGo(ServedPod pod) {
    try {
      rules.letGo(pod.namespace());
    } catch (IOException e) {
      surroundings
          .says()
          .accept("pod " + pod.name() + ": new connections still come here: " + e.getMessage());
    }
  }

  /** Releases every pod; rules stay, so that pods without a proxy fail closed, unless let go. */
  @Override
  public synchronized void close() {
    closing.countDown();
    for (ServedPod pod : List.copyOf(retiring)) {
      retiring.remove(pod);
      close(pod, "the proxy stops", pod.ownRules());
    }
    for (ServedPod pod : List.copyOf(pods.values())) {
      pods.remove(pod.name().uid());
      close(pod, "the proxy stops", failOpen && pod.ownRules());
    }
    publish();
  }
}
