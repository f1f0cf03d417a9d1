// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.awaitility.Awaitility.await;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A pod's network namespace, and one of its clients', joined by a veth pair; gone when closed. */
final class PodNetwork implements AutoCloseable {
  static final int PORT = 8080;

  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** Says who the peer is, and ends the connection; both families. */
  private static final String APPLICATION =
      """
      import socket
      s = socket.create_server(('::', 8080), family=socket.AF_INET6, dualstack_ipv6=True)
      while True:
          c, peer = s.accept()
          c.recv(64)
          c.sendall(peer[0].removeprefix('::ffff:').encode())
          c.close()
      """;

  private static final String CLIENT =
      """
      import socket, sys
      c = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
      print('connected')
      c.sendall(sys.argv[3].encode().decode('unicode_escape').encode())
      data = b''
      while part := c.recv(4096):
          data += part
      print(data.decode())
      """;

  private final String pod;
  private final String client;

  private PodNetwork(String pod, String client) {
    this.pod = pod;
    this.client = client;
  }

  static PodNetwork open() throws CommandException {
    String suffix = ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    PodNetwork network = new PodNetwork("slt-pod-" + suffix, "slt-client-" + suffix);
    for (String name : new String[] {network.pod, network.client}) {
      Command.of("ip", "netns", "add", name).runOrThrow();
      Command.of("ip", "-n", name, "link", "set", "lo", "up").runOrThrow();
    }
    Command.of(
            "ip",
            "-n",
            network.pod,
            "link",
            "add",
            "eth0",
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            network.client)
        .runOrThrow();
    network.address(network.pod, "198.18.9.1/24", "fd00:18:9::1/64");
    network.address(network.client, "198.18.9.2/24", "fd00:18:9::2/64");
    return network;
  }

  private void address(String name, String... addresses) throws CommandException {
    for (String address : addresses) {
      // Without nodad an IPv6 address isn't there for a second.
      String[] family = address.contains(":") ? new String[] {"nodad"} : new String[0];
      String[] words = {"ip", "-n", name, "address", "add", address, "dev", "eth0"};
      String[] all = Arrays.copyOf(words, words.length + family.length);
      System.arraycopy(family, 0, all, words.length, family.length);
      Command.of(all).runOrThrow();
    }
    Command.of("ip", "-n", name, "link", "set", "eth0", "up").runOrThrow();
  }

  Path path() {
    return Path.of("/run/netns", pod);
  }

  /** Another namespace than the pod's, to stand for the node's. */
  Path outside() {
    return Path.of("/run/netns", client);
  }

  /** The application, as a user of its own; serves when this returns. */
  Process startApplication() throws IOException {
    Process process =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                pod,
                "setpriv",
                "--reuid",
                "1000",
                "--regid",
                "1000",
                "--clear-groups",
                "/usr/bin/python3",
                "-c",
                APPLICATION)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                Command.of("ip", "netns", "exec", pod, "ss", "-Hltn", "sport", "=", ":" + PORT)
                    .runOrThrow()
                    .contains("LISTEN"));
    return process;
  }

  /** What a client of the pod gets; {@code host} is the pod's address. */
  CommandResult ask(String host, int port, String request) throws CommandException {
    return Command.of(
            "ip",
            "netns",
            "exec",
            client,
            "/usr/bin/python3",
            "-c",
            CLIENT,
            host,
            Integer.toString(port),
            request)
        .run();
  }

  @Override
  public void close() throws CommandException {
    Command.of("ip", "netns", "del", pod).runOrThrow();
    Command.of("ip", "netns", "del", client).runOrThrow();
  }
}
