// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.model.TransportProtocol;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.BackendSet.Frontend;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import dev.sluice.socketlb.ServiceIp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * The ways of interception that {@link ConnectRatios} compares. This process moves itself into the
 * cgroup of a variant before it makes that variant's sockets: a socket belongs to the cgroup of
 * whoever makes it. Everything that is made here is removed by {@link #close()}.
 */
final class ConnectVariants implements AutoCloseable {
  private static final InetSocketAddress SERVICE = address("10.96.0.10", 80);
  private static final int MANY_SERVICES = 10_000;
  private static final int BACKENDS_EACH = 5;

  private final Path home;
  private final Path base;
  private final Path pins;
  private final BenchNamespace natNamespace;
  private final List<Variant> all = new ArrayList<>();
  private final List<AcceptingServer> servers = new ArrayList<>();
  private final StringBuilder setUpTimes = new StringBuilder();

  private ConnectVariants(Path home, Path base, Path pins, BenchNamespace natNamespace) {
    this.home = home;
    this.base = base;
    this.pins = pins;
    this.natNamespace = natNamespace;
  }

  /** One way, ready to be run. */
  record Variant(
      String name, Path cgroup, Runner place, InetSocketAddress dialled, AcceptingServer server) {
    /** Nanoseconds that a connect and close took on average. */
    double run(int connections) throws Exception {
      enter(cgroup);
      long nanos = place.run(() -> ConnectClient.run(dialled, connections));
      server.awaitAccepted(connections);
      return (double) nanos / connections;
    }
  }

  /** Runs something in a network namespace. */
  @FunctionalInterface
  interface Runner {
    long run(Callable<Long> body) throws Exception;
  }

  static ConnectVariants create() throws Exception {
    Path root = CgroupFolder.root();
    Path base =
        Files.createDirectory(root.resolve("sluice-bench-" + ProcessHandle.current().pid()));
    Path pins = Files.createTempDirectory("sluice-bench-");
    BpfFileSystem.mount(pins);
    ConnectVariants variants =
        new ConnectVariants(ownCgroup(root), base, pins, BenchNamespace.create());
    try {
      variants.addAll();
      return variants;
    } catch (Exception e) {
      variants.close();
      throw e;
    }
  }

  List<Variant> all() {
    return List.copyOf(all);
  }

  /** One line for each time that was taken while making the variants. */
  String setUpTimes() {
    return setUpTimes.toString();
  }

  private void addAll() throws Exception {
    Path plain = cgroup("plain");
    AcceptingServer here = server();
    all.add(new Variant("direct", plain, Callable::call, here.address(), here));
    all.add(new Variant("direct, under another name", plain, Callable::call, here.address(), here));

    Path few = cgroup("few");
    enter(few);
    AcceptingServer behindFew = server();
    apply("load and attach, 1 service", few, 1, behindFew);
    all.add(new Variant("socket LB, 1 service", few, Callable::call, SERVICE, behindFew));

    Path many = cgroup("many");
    enter(many);
    AcceptingServer behindMany = server();
    apply("load and attach, 10,000 services", many, MANY_SERVICES, behindMany);
    apply("apply again, 10,000 services", many, MANY_SERVICES, behindMany);
    all.add(new Variant("socket LB, 10,000 services", many, Callable::call, SERVICE, behindMany));

    Path given = cgroup("given");
    enter(given);
    AcceptingServer behindGiven = server();
    apply("load and attach, 1 service", given, 1, behindGiven);
    ServiceIp.on(pins, given);
    all.add(new Variant("socket LB and service IP", given, Callable::call, SERVICE, behindGiven));

    enter(plain);
    AcceptingServer redirected =
        natNamespace.call(() -> new AcceptingServer(BenchNamespace.LISTENING));
    servers.add(redirected);
    InetSocketAddress dialled = address("127.0.0.1", BenchNamespace.DIALLED);
    all.add(
        new Variant("nat REDIRECT (conntrack)", plain, natNamespace::call, dialled, redirected));
    all.add(
        new Variant(
            "conntrack alone, not redirected",
            plain,
            natNamespace::call,
            redirected.address(),
            redirected));
  }

  private AcceptingServer server() throws IOException {
    AcceptingServer server = new AcceptingServer(0);
    servers.add(server);
    return server;
  }

  private void apply(String what, Path cgroup, int services, AcceptingServer server)
      throws IOException {
    List<BackendSet> sets = new ArrayList<>(services);
    sets.add(set("bench/first", SERVICE, List.of(server.address())));
    for (int i = 1; i < services; i++) {
      List<InetSocketAddress> backends = new ArrayList<>(BACKENDS_EACH);
      for (int backend = 0; backend < BACKENDS_EACH; backend++) {
        backends.add(address("10." + (1 + backend) + "." + (i >> 8) + "." + (i & 0xff), 8080));
      }
      sets.add(set("bench/" + i, address("10.97." + (i >> 8) + "." + (i & 0xff), 80), backends));
    }
    long start = System.nanoTime();
    LoadBalancer.Applied applied =
        LoadBalancer.apply(pins, cgroup, new LoadBalancer.Change(sets, Scope.ALL, 0, List.of()));
    setUpTimes.append(
        String.format(
            Locale.ROOT,
            "%s: %.0f ms, %d table entries%n",
            what,
            (System.nanoTime() - start) / 1e6,
            applied.entries()));
  }

  private static BackendSet set(
      String name, InetSocketAddress frontend, List<InetSocketAddress> backends) {
    return new BackendSet(
        name,
        new Frontend(
            false, TransportProtocol.TCP, List.of(frontend.getAddress()), frontend.getPort(), 0),
        0,
        backends,
        List.of());
  }

  private Path cgroup(String name) throws IOException {
    return Files.createDirectory(base.resolve(name));
  }

  private static void enter(Path cgroup) {
    try {
      Files.writeString(
          cgroup.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      throw new UncheckedIOException("entering cgroup " + cgroup, e);
    }
  }

  private static Path ownCgroup(Path root) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      if (line.startsWith("0::/")) {
        return root.resolve(line.substring("0::/".length()));
      }
    }
    return root;
  }

  private static InetSocketAddress address(String ip, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
  }

  @Override
  public void close() throws IOException {
    enter(home);
    for (AcceptingServer server : servers) {
      server.close();
    }
    for (InstalledFeature feature : InstalledFeature.all(pins)) {
      feature.remove();
    }
    Command.of("umount", pins.toString()).runOrThrow();
    Files.delete(pins);
    for (String child : List.of("plain", "few", "many", "given")) {
      Files.deleteIfExists(base.resolve(child));
    }
    Files.delete(base);
    natNamespace.close();
  }
}
