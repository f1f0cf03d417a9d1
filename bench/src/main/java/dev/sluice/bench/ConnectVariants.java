// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.ServiceIp;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The ways of interception that {@link ConnectRatios} compares, from the client's connect to the
 * socket that a proxy or a backend would accept. Everything that is made here is removed by {@link
 * #close()}. Confined to one thread.
 */
final class ConnectVariants implements AutoCloseable {
  private static final InetSocketAddress DIALLED =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), BenchNamespace.DIALLED);

  private final OrderlyEnd end;
  private final BenchCgroups cgroups;
  private final BenchNamespace quiet;
  private final List<Variant> all = new ArrayList<>();
  private final List<Closeable> made = new ArrayList<>();

  private ConnectVariants(OrderlyEnd end) throws IOException {
    this.end = end;
    this.quiet = BenchNamespace.plain();
    try {
      this.cgroups = BenchCgroups.create();
    } catch (IOException e) {
      quiet.close();
      throw e;
    }
  }

  /** Where a socket is made, which decides what happens to it. */
  private record Place(Path cgroup, BenchNamespace namespace) {
    PatientListener listen(int port) throws Exception {
      BenchCgroups.enter(cgroup);
      return namespace.call(() -> PatientListener.on(port));
    }
  }

  /** One way, ready to be run. */
  record Variant(String name, Place from, InetSocketAddress dialled, PatientListener listener) {
    /** Nanoseconds that a connect and close took on average. */
    double run(int connections) throws Exception {
      BenchCgroups.enter(from.cgroup());
      long nanos = from.namespace().call(() -> ConnectClient.run(dialled, connections));
      listener.takeAll(connections);
      return (double) nanos / connections;
    }
  }

  /**
   * Makes all of them; the direct connection comes first, under two names.
   *
   * @throws OrderlyEnd.Wanted if a signal came meanwhile; nothing is left then
   */
  static ConnectVariants create(OrderlyEnd end) throws Exception {
    ConnectVariants variants = new ConnectVariants(end);
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

  private void addAll() throws Exception {
    Place plain = new Place(cgroups.make("plain"), quiet);
    PatientListener direct = kept(plain.listen(0));
    add("no interception", plain, direct.address(), direct);
    add("no interception, under another name", plain, direct.address(), direct);
    balanced("socket LB, 1 service", new Place(cgroups.make("few"), quiet), 1);
    balanced("socket LB, 10,000 services", new Place(cgroups.make("many"), quiet), 10_000);
    Place given = new Place(cgroups.make("given"), quiet);
    balanced("socket LB and service IP", given, 1);
    ServiceIp.on(cgroups.pins(), given.cgroup());
    socketMode();
    redirect(plain.cgroup());
    transparent(plain.cgroup());
  }

  private void balanced(String name, Place place, int services) throws Exception {
    PatientListener backend = kept(place.listen(0));
    LoadBalancer.apply(
        cgroups.pins(), place.cgroup(), ServiceTables.of(services, backend.address()));
    add(name, place, ServiceTables.SERVICE, backend);
  }

  private void socketMode() throws Exception {
    Path pod = cgroups.make("socket");
    Place application = new Place(cgroups.make("socket/application"), quiet);
    Place proxy = new Place(cgroups.make("socket/proxy"), quiet);
    PatientListener listener = kept(proxy.listen(BenchNamespace.LISTENING));
    SetUpTimes.capture(cgroups.pins(), pod, proxy.cgroup(), quiet);
    try (CaptureChannel channel = CaptureChannel.open(cgroups.pins(), pod)) {
      channel.giveSignOfLife();
    }
    add("socket mode", application, ServiceTables.SERVICE, listener);
  }

  private void redirect(Path cgroup) throws Exception {
    BenchNamespace namespace = kept(BenchNamespace.redirecting());
    Place place = new Place(cgroup, namespace);
    PatientListener listener = kept(place.listen(BenchNamespace.LISTENING));
    add("nat REDIRECT", place, DIALLED, listener);
    add("conntrack alone, not redirected", place, listener.address(), listener);
  }

  private void transparent(Path cgroup) throws Exception {
    BenchNamespace namespace = kept(BenchNamespace.transparent());
    PatientListener listener =
        kept(namespace.call(() -> PatientListener.transparentOn(BenchNamespace.LISTENING)));
    add("mangle TPROXY", new Place(cgroup, namespace), DIALLED, listener);
  }

  private void add(String name, Place from, InetSocketAddress dialled, PatientListener listener) {
    end.check();
    all.add(new Variant(name, from, dialled, listener));
  }

  private <T extends Closeable> T kept(T closeable) {
    made.add(closeable);
    return closeable;
  }

  @Override
  public void close() throws IOException {
    cgroups.close();
    for (Closeable each : made.reversed()) {
      each.close();
    }
    quiet.close();
  }
}
