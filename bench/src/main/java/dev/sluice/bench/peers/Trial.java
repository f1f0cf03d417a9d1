// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.LoadClient;
import dev.sluice.bench.load.Service;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A variant that stands: its pod, what steers in it, and its proxy. Ended with the world. */
final class Trial {
  private static final Duration CLIENT_LIMIT = Duration.ofSeconds(45);
  private static final int START_SECONDS = 15;

  private final Variant variant;
  private final BenchWorld world;
  private final Pod pod;
  private @Nullable BenchProcess proxy;

  private Trial(Variant variant, BenchWorld world, Pod pod) {
    this.variant = variant;
    this.world = world;
    this.pod = pod;
  }

  /**
   * Sets it up and waits for the first byte through it.
   *
   * @throws IOException if none comes
   */
  static Trial start(BenchWorld world, Variant variant) throws IOException {
    Trial trial = new Trial(variant, world, world.addPod(variant.name()));
    variant.steering().apply(world, trial.pod);
    trial.startProxy();
    try {
      trial.client(
          List.of(
              "first-byte",
              trial.pod.address(Service.HTTP.clientHost()),
              variant.steering().target(),
              Integer.toString(START_SECONDS)));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; the proxy: " + trial.proxyComplaint(), e);
    }
    return trial;
  }

  String name() {
    return variant.name();
  }

  Variant variant() {
    return variant;
  }

  /** What clients dial. */
  String target() {
    return variant.steering().target();
  }

  /** The address that clients of a service bind to. */
  String source(Service service) {
    return pod.address(service.clientHost());
  }

  /** Its proxy; empty if none is in the way. */
  Optional<BenchProcess> proxy() {
    return Optional.ofNullable(proxy);
  }

  /**
   * Checks that bytes come through as they should.
   *
   * @return what doesn't lose a byte and is wrong all the same; mostly empty
   * @throws IOException that says what is wrong
   */
  String check(boolean ipv6) throws IOException {
    int host = Service.HTTP.clientHost();
    return client(
        List.of(
            "check",
            ipv6 ? pod.addressIpv6(host) : pod.address(host),
            ipv6 ? variant.steering().targetIpv6() : target()));
  }

  /** Runs {@link LoadClient} in the pod and returns the last line that it printed. */
  String client(List<String> arguments) throws IOException {
    return run(clientCommand(arguments)).strip();
  }

  /** The same with every process of this way on one processor. */
  String pinnedClient(List<String> arguments) throws IOException {
    try {
      pin("0");
      List<String> command = new ArrayList<>(List.of("taskset", "-c", "0"));
      command.addAll(clientCommand(arguments));
      return run(command).strip();
    } finally {
      pin("0-" + (Runtime.getRuntime().availableProcessors() - 1));
    }
  }

  /** How {@link LoadClient} is started. */
  static List<String> clientCommand(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(LoadClient.class.getName()));
    command.addAll(arguments);
    return Servers.java(command);
  }

  /** Runs a program of the application to its end and returns what it printed. */
  String run(List<String> command) throws IOException {
    return pod.application(command).awaitEnd(CLIENT_LIMIT);
  }

  /** Processor time of client, proxy and servers up to now. */
  CpuTime cpuTime() throws IOException {
    return CpuTime.of(List.of(pod.cgroup(), world.servers().cgroup()));
  }

  /** Processor time of the proxy alone up to now, in microseconds. */
  long proxyMicros() throws IOException {
    return CpuTime.usage(Files.readString(pod.proxyCgroup().resolve("cpu.stat")));
  }

  /** A program of the application that goes on; ended by the caller. */
  BenchProcess start(List<String> command) throws IOException {
    return pod.application(command);
  }

  /** Ends the proxy, so that it can be started again. */
  void stopProxy() throws IOException {
    if (proxy != null) {
      proxy.close();
    }
  }

  /** Whether its proxy can stand alone, without anything that steers to it. */
  boolean canBeCopied() {
    return variant.steering() == Steering.REDIRECT && !variant.isSelfCheck();
  }

  /** One more of its proxy, in a network namespace of its own that nothing leads to. */
  BenchProcess startCopy(int number) throws IOException {
    ProxyProgram program = variant.program().orElseThrow();
    List<String> command = new ArrayList<>(List.of("unshare", "--net", "--", "setpriv"));
    command.addAll(program.rights().options());
    command.add("--");
    command.addAll(program.command(pod, world.folder()));
    return pod.service("copy" + number, command);
  }

  /** Starts the proxy; the first time or after {@link #stopProxy}. */
  void startProxy() throws IOException {
    if (variant.program().isPresent()) {
      ProxyProgram program = variant.program().get();
      Path folder = world.folder();
      List<String> command = new ArrayList<>(program.command(pod, folder));
      if (variant.steering() == Steering.SOCKET) {
        // Its pins are where the bench has its own, whatever else is mounted.
        command.add("--bpf-fs=" + world.bpfFileSystem());
      }
      proxy = pod.proxy(program.rights().options(), command, program.logsToOutput());
    }
  }

  private String proxyComplaint() throws IOException {
    return proxy == null ? "there is none" : proxy.complaint();
  }

  private void pin(String processors) throws IOException {
    List<Long> ids = new ArrayList<>(pod.processes());
    ids.addAll(world.servers().processes());
    for (long id : ids) {
      Command.of("taskset", "-a", "-c", "-p", processors, Long.toString(id)).runOrThrow();
    }
  }
}
