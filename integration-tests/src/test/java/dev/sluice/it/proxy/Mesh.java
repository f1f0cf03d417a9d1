// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The lab's client pod, router and server pod, with sockets of this process in each. Closing it
 * ends every process and removes every namespace.
 */
public final class Mesh implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final int FIRST_CLIENT_PORT = 16_000;
  private static final int LAST_CLIENT_PORT = 32_000;

  private final LabRun run;
  private final SluiceHome home;
  private final Spawner spawner;
  private final Map<Party, Path> cgroups = new EnumMap<>(Party.class);
  private @Nullable Membership membership;
  private int folders;
  private int clientPort = FIRST_CLIENT_PORT;

  private Mesh(LabRun run, SluiceHome home) {
    this.run = run;
    this.home = home;
    this.spawner = new Spawner(run, home.environment());
  }

  public static Mesh build() throws IOException {
    LabRun run = LabRun.begin();
    try {
      Topology.build(run);
      return new Mesh(run, SluiceHome.find(run.folder()));
    } catch (IOException e) {
      run.close();
      throw e;
    }
  }

  /** Built, and with the rules of {@code mode} in the namespace of {@code party}. */
  static Mesh build(Party party, InterceptionMode mode) throws IOException {
    Mesh mesh = build();
    try {
      mesh.rules(party, mode);
      return mesh;
    } catch (IOException e) {
      mesh.close();
      throw e;
    }
  }

  /** Applies {@code sluice init} with further options. */
  public void rules(Party party, InterceptionMode mode, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(launcher(), "init", "-m", mode.name()));
    words.addAll(List.of(options));
    in(party, words.toArray(String[]::new));
  }

  /** Runs a command as root in the namespace of {@code party} and expects success. */
  public String in(Party party, String... words) throws IOException {
    return command(party, words).runOrThrow();
  }

  /** Runs a command as root in the namespace of {@code party}, whatever comes of it. */
  public CommandResult attempt(Party party, String... words) throws IOException {
    return command(party, words).run();
  }

  private Command command(Party party, String... words) {
    return Command.of(words).inNetworkNamespace(run.namespaceFile(party));
  }

  /** Starts a process in the namespace of {@code party}; it ends with the mesh at the latest. */
  public LabProcess start(Party party, RunAs rights, List<String> words) throws IOException {
    return spawner.start(party, rights, words);
  }

  public Path namespace(Party party) {
    return run.namespaceFile(party);
  }

  /** From now on sockets of {@code party} belong to {@code cgroup}, those of others to none. */
  void makeSocketsIn(Party party, Path cgroup) throws IOException {
    membership = new Membership();
    cgroups.put(party, cgroup);
  }

  public String launcher() {
    return home.launcher();
  }

  /** What programs of this mesh have for {@code XDG_RUNTIME_DIR}. */
  Path runtimeFolder() {
    return run.runtimeFolder();
  }

  /** A new folder that the proxy's user may write to. */
  public Path folder() throws IOException {
    folders++;
    Path folder = Files.createDirectory(run.folder().resolve("files-" + folders));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    return folder;
  }

  /** Listens on every address of the family, on a port that the kernel picks. */
  public ServerSocketChannel listen(Party party, Family family) throws Exception {
    return listen(party, anyAddress(address(party, family, 0), 0));
  }

  ServerSocketChannel listen(Party party, InetSocketAddress address) throws Exception {
    return listenWithBacklog(party, address, BACKLOG);
  }

  ServerSocketChannel listenWithBacklog(Party party, InetSocketAddress address, int backlog)
      throws Exception {
    return inside(
        party,
        () -> {
          ServerSocketChannel listener = ServerSocketChannel.open(familyOf(address));
          listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
          return listener.bind(address, backlog);
        });
  }

  /** An unconnected socket of the family in the namespace of {@code party}. */
  SocketChannel socket(Party party, InetSocketAddress sameFamily) throws Exception {
    return inside(party, () -> SocketChannel.open(familyOf(sameFamily)));
  }

  /** A connection from {@code party} to {@code destination}. */
  Wire connect(Party party, InetSocketAddress destination) throws Exception {
    return connect(party, anyAddress(destination, 0).getAddress(), destination);
  }

  /** A connection from one of the addresses of {@code party}. */
  Wire connect(Party party, InetAddress source, InetSocketAddress destination) throws Exception {
    SocketChannel channel = socket(party, destination);
    try {
      channel.bind(new InetSocketAddress(source, nextClientPort()));
      channel.connect(destination);
      return new Wire(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Makes {@code count} connections in a row, each of which is reset. */
  void connectInVain(Party party, InetSocketAddress destination, int count) throws Exception {
    int reset =
        inside(
            party,
            () -> {
              int resets = 0;
              for (int i = 0; i < count; i++) {
                try (SocketChannel channel = SocketChannel.open(familyOf(destination))) {
                  channel.connect(destination);
                  resets += new Wire(channel).ending() == Wire.Ending.RESET ? 1 : 0;
                } catch (SocketException e) {
                  // The reset was faster than the setting of an option.
                  resets++;
                }
              }
              return resets;
            });
    if (reset != count) {
      throw new IOException(reset + " of " + count + " connections to " + destination + " reset");
    }
  }

  /**
   * Clients never share a port: where conntrack remembers an earlier connection to the proxy from
   * the same port, REDIRECT gives the next one another source port, and the log has that.
   */
  private int nextClientPort() {
    clientPort = clientPort == LAST_CLIENT_PORT ? FIRST_CLIENT_PORT : clientPort + 1;
    return clientPort;
  }

  private static InetSocketAddress anyAddress(InetSocketAddress sameFamily, int port) {
    boolean v4 = sameFamily.getAddress() instanceof Inet4Address;
    return new InetSocketAddress(v4 ? "0.0.0.0" : "::", port);
  }

  /** Runs {@code body} on a thread of its own in the namespace of {@code party}. */
  <T> T inside(Party party, Callable<T> body) throws Exception {
    if (membership != null) {
      Path cgroup = cgroups.get(party);
      if (cgroup == null) {
        membership.goHome();
      } else {
        membership.moveTo(cgroup);
      }
    }
    try (NetworkNamespace namespace = NetworkNamespace.open(run.namespaceFile(party))) {
      return NamespaceThread.call(namespace, body);
    }
  }

  static InetSocketAddress address(Party party, Family family, int port) {
    return new InetSocketAddress(party.address(family), port);
  }

  /** Never AF_INET6 for an IPv4 address: the packets would be the same, the sockets not. */
  static StandardProtocolFamily familyOf(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  @Override
  public void close() throws IOException {
    if (membership != null) {
      membership.goHome();
    }
    spawner.close();
    run.close();
  }
}
