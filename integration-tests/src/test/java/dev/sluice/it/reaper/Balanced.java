// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.model.TransportProtocol;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.ReapReport;
import dev.sluice.socketlb.Reaper;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A load balancer on a cgroup of the test's own, with pins in an eBPF file system of its own; close
 * removes all three. Confined to one thread.
 */
final class Balanced implements AutoCloseable {
  private final Path cgroup;
  private final TestBpfFileSystem pins;
  private final List<Client> clients = new ArrayList<>();

  private Balanced(Path cgroup, TestBpfFileSystem pins) {
    this.cgroup = cgroup;
    this.pins = pins;
  }

  static Balanced open() throws IOException {
    Path cgroup = CgroupFolder.root().resolve("slt-reaper-" + ProcessHandle.current().pid());
    Files.createDirectory(cgroup);
    return new Balanced(cgroup, TestBpfFileSystem.mount());
  }

  /** Brings these into force and no others. */
  void apply(BackendSet... sets) throws IOException {
    LoadBalancer.apply(
        pins.path(), cgroup, new LoadBalancer.Change(List.of(sets), Scope.ALL, 0, List.of()));
  }

  /** What the command says when it brings the services of {@code file} into force. */
  String applyByCommand(Path file) throws IOException {
    return Command.of(
            Checkout.script("sluice"),
            "lb",
            "apply",
            "-f",
            file.toString(),
            "--cgroup",
            cgroup.toString(),
            "--bpf-fs",
            pins.path().toString())
        .run()
        .errors();
  }

  ReapReport reap() throws IOException {
    return Reaper.reap(pins.path(), cgroup);
  }

  /** Reaps with another answer to who serves whom. */
  ReapReport reap(Reaper.Serving serving) throws IOException {
    try (BpfMap reverse = InstalledFeature.all(pins.path()).getFirst().openMap("reverse");
        Reaper reaper = Reaper.over(reverse)) {
      return reaper.reap(serving);
    }
  }

  /** A client in a namespace without a name, until this is closed. */
  Client client() throws Exception {
    Client client = Client.alone(cgroup);
    clients.add(client);
    return client;
  }

  /** A client in the namespace of the test, until this is closed. */
  Client clientHere() throws Exception {
    Client client = Client.here(cgroup);
    clients.add(client);
    return client;
  }

  /** A service at port 53 and its backends at port 5353, of which some may be {@code lingering}. */
  static BackendSet service(
      TransportProtocol protocol, String address, List<String> chosen, List<String> lingering) {
    InetAddress service = InetAddress.ofLiteral(address);
    return new BackendSet(
        "test/" + address + ":53/" + protocol,
        new BackendSet.Frontend(service instanceof Inet6Address, protocol, List.of(service), 53, 0),
        0,
        backends(chosen),
        backends(lingering));
  }

  private static List<InetSocketAddress> backends(List<String> addresses) {
    return addresses.stream()
        .map(address -> new InetSocketAddress(InetAddress.ofLiteral(address), 5353))
        .toList();
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.close();
    }
    pins.close();
    Files.delete(cgroup);
  }
}
