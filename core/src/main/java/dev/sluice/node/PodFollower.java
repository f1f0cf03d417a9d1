// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Serves whatever chosen pods there are, looking for them again and again. Confined to one thread.
 */
public final class PodFollower {
  private final NodeProxy proxy;
  private final PodSearch search;
  private final Duration interval;
  private final Consumer<String> says;
  private final Set<String> followed = new HashSet<>();
  private final Map<String, String> complaints = new HashMap<>();
  private volatile boolean looked;

  /**
   * For the pods of {@code choices}.
   *
   * @param home the inode number of the proxy's own namespace
   * @param interval between two searches
   * @param says gets a line for a person, once for each failure however often it is met
   */
  public PodFollower(
      NodeProxy proxy,
      List<PodChoice> choices,
      long home,
      Duration interval,
      Consumer<String> says) {
    this.proxy = proxy;
    this.search = new PodSearch(choices, home);
    this.interval = interval;
    this.says = says;
  }

  /** Follows until {@code told} opens. */
  public void run(CountDownLatch told) throws InterruptedException {
    while (!told.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
      step();
    }
  }

  /** Looks once. */
  public void step() {
    Map<String, FoundPod> found;
    try {
      found = search.find();
      complaints.remove("");
    } catch (IOException e) {
      complain("", "looking for pods: " + e.getMessage());
      return;
    }
    complaints.keySet().removeIf(about -> !found.containsKey(about.replaceFirst("^doubt ", "")));
    for (String uid : List.copyOf(followed)) {
      if (!found.containsKey(uid)) {
        followed.remove(uid);
        proxy.release(uid, "its network namespace is gone");
      }
    }
    found.values().forEach(this::serve);
    looked = true;
  }

  /** Whether every pod of a search was met. Thread-safe. */
  public boolean hasLooked() {
    return looked;
  }

  private void serve(FoundPod pod) {
    String uid = pod.name().uid();
    if (!pod.doubt().isEmpty()) {
      complain("doubt " + uid, "pod " + pod.name() + ": " + pod.doubt());
    }
    if (proxy.namespaceOf(uid).equals(OptionalLong.of(pod.inode()))) {
      return;
    }
    try {
      NetworkNamespace namespace = NetworkNamespace.open(pod.way());
      if (namespace.inode() != pod.inode()) {
        // The number of the process is another's by now; the next search tells.
        namespace.close();
        return;
      }
      proxy.add(pod.name(), namespace, NodeProxy.Rules.OURS);
      followed.add(uid);
      complaints.remove(uid);
    } catch (IOException | IllegalStateException e) {
      complain(uid, "pod " + pod.name() + " is not served: " + e.getMessage());
    }
  }

  private void complain(String about, String line) {
    if (!line.equals(complaints.put(about, line))) {
      says.accept(line);
    }
  }
}
