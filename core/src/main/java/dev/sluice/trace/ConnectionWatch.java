// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.observe.FlowRecord;
import dev.sluice.observe.Observer;
import dev.sluice.observe.ServiceNames;
import dev.sluice.observe.SocketEvent;
import dev.sluice.observe.Told;
import dev.sluice.socketlb.HostNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The paths of connections that applications make, each told once it has ended: from the programs
 * of {@link Observer}, which end with this process at the latest. Bounded. Confined to one thread,
 * a platform thread; blocks.
 */
public final class ConnectionWatch implements AutoCloseable {
  private final Settings settings;
  private final Consumer<List<Hop>> receiver;
  private final Observer observer;
  private final OptionalLong namespace;
  private final NamespaceNames places;
  private final HookNames programs;

  /**
   * Which connections.
   *
   * @param cgroup of the processes that make them: this one, and all below it
   * @param namespace of their sockets; empty for every one
   * @param to what they dial; none for whatever
   * @param bufferBytes of the ring that the kernel writes to: a power of two, of pages at least
   * @param sockets where proxies stream their access logs at this moment
   */
  public record Settings(
      Path cgroup,
      Optional<Path> namespace,
      Set<InetSocketAddress> to,
      int bufferBytes,
      Supplier<List<Path>> sockets) {
    /** Copies the set. */
    public Settings {
      to = Set.copyOf(to);
    }
  }

  private ConnectionWatch(Settings settings, Consumer<List<Hop>> receiver) throws IOException {
    this.settings = settings;
    this.receiver = receiver;
    this.places = new NamespaceNames();
    this.namespace =
        settings.namespace().isPresent()
            ? OptionalLong.of(name(settings.namespace().get()))
            : OptionalLong.empty();
    this.observer =
        Observer.begin(
            new Observer.Settings(
                settings.cgroup(),
                false,
                settings.bufferBytes(),
                settings.sockets(),
                new ServiceNames(Map.of())),
            new Observer.Receiver() {
              @Override
              public void flow(FlowRecord flow, Told told) {
                take(told);
              }

              @Override
              public void lost(String what, long count) {
                receiver.accept(WatchedPath.lost(what, count, System.nanoTime()));
              }
            });
    this.programs = new HookNames(settings.cgroup(), observer.programs());
  }

  /**
   * Attaches the programs.
   *
   * @param receiver of each path, and of a path of one hop for what was lost; called by {@link
   *     #run}
   * @throws IOException if the kernel, the cgroup or the namespace refuses; the message says what
   */
  public static ConnectionWatch begin(Settings settings, Consumer<List<Hop>> receiver)
      throws IOException {
    return new ConnectionWatch(settings, receiver);
  }

  private long name(Path path) throws IOException {
    try (NetworkNamespace opened = NetworkNamespace.open(path)) {
      long cookie = HostNamespace.cookie(opened);
      places.put(cookie, new Place(OpenedPlace.name(path), opened.inode()));
      return cookie;
    }
  }

  private void take(Told told) {
    told.socket()
        .filter(this::isWanted)
        .ifPresent(
            client ->
                receiver.accept(
                    WatchedPath.of(
                        client,
                        told.steps(),
                        new Whereabouts(places::of, programs::of, Clocks.now()))));
  }

  private boolean isWanted(SocketEvent client) {
    return (namespace.isEmpty() || namespace.getAsLong() == client.caller().netns())
        && (settings.to().isEmpty() || settings.to().contains(client.ends().dialled()));
  }

  /** What can't be told on this kernel, for people. */
  public List<String> gaps() {
    return observer.gaps();
  }

  /** Watches until {@code ended} says so, looks at that every 50 ms, and tells what waits. */
  public void run(BooleanSupplier ended) throws IOException {
    observer.run(ended);
  }

  /** Detaches the programs; idempotent. */
  @Override
  public void close() throws IOException {
    observer.close();
  }
}
