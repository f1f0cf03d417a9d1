// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.intercept.LiveProbe;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.net.ExemptMark;
import dev.sluice.process.Command;
import dev.sluice.rules.Family;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.RuleCheck;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.install.RuleInstaller;
import dev.sluice.socketlb.CapturePlace;
import dev.sluice.socketlb.CaptureState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Live connections in the place of the pod: made in its cgroup, so that the programs on sockets run
 * that run for it, and through its rules, which are applied once more in a namespace that nobody
 * lives in. The pod's own is left alone: a listener on the proxy's port there would get connections
 * of the pod's applications, and keep a proxy that is being started from its port.
 */
final class LiveProof {
  private static final long NOBODY = 65_534;

  private final Subject subject;
  private final NamespaceFacts namespace;
  private final CgroupFacts cgroups;
  private final List<Sight> sights = new ArrayList<>();

  private LiveProof(Subject subject, NamespaceFacts namespace, CgroupFacts cgroups) {
    this.subject = subject;
    this.namespace = namespace;
    this.cgroups = cgroups;
  }

  /**
   * What is to be dialled, and by whom.
   *
   * @param promised whether rules promise to capture it
   */
  private record Call(InetSocketAddress destination, SocketOwner client, boolean promised) {}

  static List<Sight> make(Subject subject, NamespaceFacts namespace, CgroupFacts cgroups) {
    LiveProof proof = new LiveProof(subject, namespace, cgroups);
    for (FeatureFacts feature : cgroups.features()) {
      if (feature.onPath() && feature.capture().isPresent()) {
        proof.throughPrograms(feature, feature.capture().get());
        return proof.sights;
      }
    }
    for (RuleFacts rules : namespace.rules()) {
      if (rules.options().isPresent()) {
        proof.throughRules(rules, rules.options().get());
        break;
      }
    }
    return proof.sights;
  }

  private void throughRules(RuleFacts rules, RuleOptions options) {
    int port = options.ports().outbound();
    List<Family> families = rules.families();
    int exempt = options.selection().outbound().exempt().map(ExemptMark::value).orElse(0);
    Maker maker = new Maker(port, RuleCheck.proxy(options), exempt, Optional.empty());
    String where = "in a copy of the namespace";
    attempt(
        where,
        () ->
            elsewhere(
                spare -> {
                  new RuleInstaller(rules.installed().choice(), spare.runner())
                      .apply(RulePlanner.plan(options, families));
                  return run(spare, maker, () -> calls(options, families), where);
                }));
  }

  private void throughPrograms(FeatureFacts feature, CapturePlace place) {
    String where = "in a namespace that nobody lives in";
    Optional<CaptureState> state = feature.status().capture();
    List<Call> calls = new ArrayList<>();
    SocketOwner nobody = new SocketOwner(NOBODY, NOBODY);
    if (subject.dial().isPresent()) {
      calls.add(new Call(subject.dial().get(), nobody, false));
    } else {
      calls.add(documentation("192.0.2.1", nobody));
      if (namespace.sockets().ipv6() == Ipv6Support.ON) {
        calls.add(documentation("2001:db8::1", nobody));
      }
    }
    if (state.isEmpty() || state.get().isDead()) {
      calls.forEach(
          call ->
              sights.add(
                  new Sight(
                      call.destination(),
                      where,
                      false,
                      new Sight.Outcome.Untried("the proxy doesn't serve"))));
      return;
    }
    ProxyIdentity proxy = ProxyIdentity.ISTIO;
    Maker maker =
        new Maker(
            place.ports().outbound(),
            new SocketOwner(proxy.users().getFirst(), proxy.groups().getFirst()),
            0,
            place.proxyCgroup());
    attempt(where, () -> elsewhere(spare -> run(spare, maker, () -> calls, where)));
  }

  private static Call documentation(String address, SocketOwner client) {
    return new Call(new InetSocketAddress(InetAddress.ofLiteral(address), 80), client, false);
  }

  /** By the calling thread's addresses. */
  private List<Call> calls(RuleOptions options, List<Family> families) {
    List<Call> calls = new ArrayList<>();
    for (LiveProbe probe : RuleCheck.leaving(options, families)) {
      Optional<InetSocketAddress> asked = subject.dial().or(() -> service(probe));
      boolean sameFamily =
          asked
              .map(to -> to.getAddress().getClass() == probe.destination().getAddress().getClass())
              .orElse(true);
      if (sameFamily) {
        calls.add(new Call(asked.orElse(probe.destination()), probe.client(), asked.isEmpty()));
      }
    }
    return calls;
  }

  /** Of a load balancer on the way, one of that family: the address that is to be given back. */
  private Optional<InetSocketAddress> service(LiveProbe probe) {
    Class<?> family = probe.destination().getAddress().getClass();
    return cgroups.features().stream()
        .filter(FeatureFacts::onPath)
        .flatMap(feature -> feature.services().stream())
        .filter(address -> address.getAddress().getClass() == family)
        .findFirst();
  }

  private interface Attempt {
    List<Sight> run() throws IOException;
  }

  private void attempt(String where, Attempt attempt) {
    try {
      sights.addAll(attempt.run());
    } catch (IOException e) {
      InetSocketAddress nowhere = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 80);
      sights.add(
          new Sight(
              subject.dial().orElse(nowhere),
              where,
              false,
              new Sight.Outcome.Untried(String.valueOf(e.getMessage()))));
    }
  }

  private interface Elsewhere {
    List<Sight> run(SpareNamespace spare) throws IOException;
  }

  /** In a namespace with a way out that leads nowhere: what isn't captured is lost there. */
  private static List<Sight> elsewhere(Elsewhere body) throws IOException {
    try (SpareNamespace spare = SpareNamespace.open()) {
      for (String line :
          List.of(
              "ip link add sluice0 type veth peer name sluice1",
              "ip link set sluice0 up",
              "ip link set sluice1 up",
              "ip address add 198.18.0.2/15 dev sluice0",
              "ip route add default dev sluice0")) {
        spare.runner().runOrThrow(Command.of(line.split(" ", -1)));
      }
      // Without IPv6 there is nothing to be sent by it either.
      spare.runner().attempt(words("ip address add 2001:2::2/48 dev sluice0 nodad"));
      spare.runner().attempt(words("ip -6 route add default dev sluice0"));
      return body.run(spare);
    }
  }

  private static Command words(String line) {
    return Command.of(line.split(" ", -1));
  }

  private interface Calls {
    List<Call> list();
  }

  private List<Sight> run(SpareNamespace spare, Maker maker, Calls calls, String where)
      throws IOException {
    try (NetworkNamespace there = NetworkNamespace.open(spare.path())) {
      return NamespaceThread.call(there, () -> run(maker, calls.list(), where));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("making live connections: " + e, e);
    }
  }

  /**
   * What all connections of a proof have in common.
   *
   * @param proxyCgroup where the listener is to be; empty for that of the client
   */
  private record Maker(int port, SocketOwner proxy, int exempt, Optional<Path> proxyCgroup) {}

  private List<Sight> run(Maker maker, List<Call> calls, String where) throws IOException {
    Optional<Path> client = Optional.empty();
    Optional<Path> proxy = Optional.empty();
    Path root = cgroups.root().orElse(Path.of("/"));
    if (cgroups.at().isPresent() && !cgroups.at().get().equals(root)) {
      client = CgroupStay.place(cgroups.at().get(), maker.proxyCgroup());
      proxy = maker.proxyCgroup().filter(Files::isDirectory).or(() -> cgroups.at());
      proxy = proxy.isPresent() ? CgroupStay.place(proxy.get(), Optional.empty()) : proxy;
    }
    List<Sight> made = new ArrayList<>();
    for (Call call : calls) {
      Dial dial =
          new Dial(
              call.destination(),
              maker.port(),
              maker.proxy(),
              call.client(),
              maker.exempt(),
              new Dial.Places(root, client, proxy));
      String from = where + client.map(path -> ", cgroup " + path).orElse("");
      made.add(new Sight(call.destination(), from, call.promised(), dial.make()));
    }
    return made;
  }
}
