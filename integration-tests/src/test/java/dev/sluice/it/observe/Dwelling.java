// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A network namespace with an address of each family, and a cgroup for the clients. Clients are
 * Python programs that print a line for each connection they make: from where, to where, and what
 * came of it. Closing it removes both.
 */
final class Dwelling implements AutoCloseable {
  static final List<String> HOSTS = List.of("10.55.0.11", "fd55::11");

  /** Words for clients; the server answers 55 bytes to 100. */
  private static final String WORDS =
      """
      import errno, socket, sys, threading, time

      def text(end):
          return ("[%s]:%d" if ":" in end[0] else "%s:%d") % end[:2]

      def family(host):
          return socket.AF_INET6 if ":" in host else socket.AF_INET

      def serve(host):
          listener = socket.socket(family(host))
          listener.bind((host, 0))
          listener.listen(4096)
          def run():
              while True:
                  s, _ = listener.accept()
                  if s.recv(100):
                      s.sendall(b"y" * 55)
                      s.recv(1)
                  s.close()
          threading.Thread(target=run, daemon=True).start()
          return listener.getsockname()[1]

      def dial(host, port, source=None):
          s = socket.socket(family(host))
          s.settimeout(5)
          mine = "-"
          if source:
              s.bind((source, 0))
              mine = text(s.getsockname())
          try:
              s.connect((host, port))
              mine = text(s.getsockname())
              s.sendall(b"x" * 100)
              got = 0
              while got < 55:
                  got += len(s.recv(100)) or 55
              came = "FORWARDED"
          except OSError as e:
              came = errno.errorcode[e.errno]
          s.close()
          print(mine, text((host, port)), came)

      """;

  /** The server's last answer has been taken, and its connections are over. */
  private static final String REST = "\ntime.sleep(0.2)\n";

  private final String name = "slt-observe-" + ProcessHandle.current().pid();
  private final TestCgroup cgroup;

  private Dwelling(TestCgroup cgroup) {
    this.cgroup = cgroup;
  }

  static Dwelling open() throws IOException {
    Dwelling dwelling = new Dwelling(TestCgroup.create("observe"));
    try {
      Command.of("sh", "-e", "-c", SCRIPT, "build", dwelling.name).runOrThrow();
      return dwelling;
    } catch (IOException e) {
      dwelling.close();
      throw e;
    }
  }

  private static final String SCRIPT =
      """
      ip netns add $1
      ip -n $1 link set lo up
      ip -n $1 address add 10.55.0.11/32 dev lo
      ip -n $1 address add fd55::11/128 dev lo nodad
      nsenter --net=/run/netns/$1 sh -c \
        'echo "1024 65000" > /proc/sys/net/ipv4/ip_local_port_range'
      """;

  Path namespace() {
    return Path.of("/run/netns", name);
  }

  Path cgroup() {
    return cgroup.path();
  }

  /** Runs a program with {@link #WORDS} as a member of the cgroup; the lines that it printed. */
  List<String> python(String program) throws IOException {
    return Command.of(
            "sh",
            "-c",
            "echo $$ > \"$0\" && exec python3 -c \"$1\"",
            cgroup.path().resolve("cgroup.procs").toString(),
            WORDS + program + REST)
        .inNetworkNamespace(namespace())
        .withTimeout(Duration.ofSeconds(50))
        .runOrThrow()
        .lines()
        .toList();
  }

  @Override
  public void close() throws IOException {
    if (namespace().toFile().exists()) {
      Command.of("ip", "netns", "delete", name).runOrThrow();
    }
    cgroup.close();
  }
}
