// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks again and again at the chosen pods with sidecars of their own, and has those fail open
 * whose sidecar is gone. Confined to one thread.
 */
public final class SidecarFollower {
  private final NodeProxy proxy;
  private final PodSearch search;
  private final int usualPort;
  private final Duration interval;
  private final Consumer<String> says;
  private final Map<String, SidecarPod> pods = new HashMap<>();
  private final Map<String, String> complaints = new HashMap<>();

  /**
   * For the pods of {@code choices} that {@code proxy} doesn't serve.
   *
   * @param home the inode number of the node's own namespace
   * @param usualPort where a sidecar listens at least: what says that there is one
   * @param interval between two looks
   * @param says gets a line for a person
   */
  public SidecarFollower(
      NodeProxy proxy,
      List<PodChoice> choices,
      long home,
      int usualPort,
      Duration interval,
      Consumer<String> says) {
    this.proxy = proxy;
    this.search = new PodSearch(choices, home);
    this.usualPort = usualPort;
    this.interval = interval;
    this.says = says;
  }

  /** Follows until {@code told} opens; then every pod has its rules again. */
  public void run(CountDownLatch told) throws InterruptedException {
    try {
      do {
        step();
      } while (!told.await(interval.toMillis(), TimeUnit.MILLISECONDS));
    } finally {
      Map.copyOf(pods)
          .forEach(
              (uid, pod) -> {
                attempt(uid, pod::restore);
                forget(uid, pod);
              });
    }
  }

  private interface Act {
    void run() throws IOException;
  }

  private void step() {
    Map<String, FoundPod> found;
    try {
      found = search.find();
    } catch (IOException e) {
      complain("", "looking for pods with sidecars: " + e.getMessage());
      return;
    }
    Map.copyOf(pods)
        .forEach(
            (uid, pod) -> {
              FoundPod now = found.get(uid);
              if (now == null || now.inode() != pod.inode()) {
                forget(uid, pod);
              }
            });
    found.forEach(this::look);
  }

  private void look(String uid, FoundPod pod) {
    if (proxy.namespaceOf(uid).isPresent()) {
      return;
    }
    attempt(
        uid,
        () -> {
          SidecarPod known = pods.get(uid);
          if (known == null) {
            NetworkNamespace namespace = NetworkNamespace.open(pod.way());
            known = SidecarPod.open(pod.name(), namespace, usualPort, says);
            pods.put(uid, known);
          }
          known.look();
        });
  }

  private void forget(String uid, SidecarPod pod) {
    pods.remove(uid);
    attempt(uid, pod::close);
    complaints.remove(uid);
  }

  private void attempt(String uid, Act act) {
    try {
      act.run();
    } catch (IOException e) {
      complain(uid, "pod " + uid + ": its sidecar: " + e.getMessage());
    }
  }

  private void complain(String about, String line) {
    if (!line.equals(complaints.put(about, line))) {
      says.accept(line);
    }
  }
}
