// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.admin.HttpListener.Entrance;
import dev.sluice.admin.RoutesOnDemand.Kind;
import dev.sluice.intercept.MeshAddresses;
import dev.sluice.linux.Errno;
import dev.sluice.linux.ProcessImage;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.probe.AppProbes;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers operators, the kubelet and Prometheus, on one event loop of its own. Opened, started and
 * closed by one thread.
 */
public final class AdminServer implements AutoCloseable {
  /** Beside the admin socket: the access log for whoever reads along. */
  public static final String ACCESS_LOG_SOCKET = "access_log.sock";

  private static final int BACKLOG = 64;
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress LOOPBACK_V6 = InetAddress.ofLiteral("::1");
  private static final InetAddress EVERY_V4 = InetAddress.ofLiteral("0.0.0.0");
  private static final InetAddress EVERY_V6 = InetAddress.ofLiteral("::");

  /** For a process that has handed over, and only has to close what it has. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final long PAUSE_MILLIS = 2;

  private final Places places;
  private final List<Socket> sockets = new ArrayList<>();
  private final List<AdminSocketFile> files = new ArrayList<>();
  private Optional<Socket> readers = Optional.empty();
  private @Nullable Workers workers;

  private AdminServer(Places places) {
    this.places = places;
  }

  /**
   * Where it is to listen.
   *
   * @param adminPort on 127.0.0.1, or on ::1 where that isn't an address of the namespace; 0 for
   *     nowhere
   * @param statusPort on every address; 0 for nowhere
   * @param statsPort on every address; 0 for nowhere
   * @param socket of the file system, in a folder that is there; empty for none
   * @param group whose members may ask at that socket
   */
  public record Places(
      int adminPort, int statusPort, int statsPort, Optional<Path> socket, SocketGroup group) {
    /** Nowhere. */
    public static final Places NONE =
        new Places(0, 0, 0, Optional.empty(), new SocketGroup(0, false));

    /** That port alone; 0 for nowhere. */
    public static Places ofMetrics(int statsPort) {
      return new Places(0, 0, statsPort, Optional.empty(), NONE.group());
    }
  }

  /**
   * To which group the socket file belongs.
   *
   * @param required whether it is a failure if this process may not give it that group
   */
  public record SocketGroup(long id, boolean required) {}

  /** Whether another process has had these places until now. */
  public enum Turn {
    /** None should: whoever has one of them is in the way. */
    FIRST,
    /** One that has handed over: its ports come free in a moment, its socket file is replaced. */
    NEXT
  }

  private record Socket(Kind kind, boolean file, String name, int descriptor) {}

  /**
   * Listens; nobody is answered before {@link #serve}. Blocks for five seconds at most, and only
   * with {@link Turn#NEXT}.
   *
   * @throws IOException if a port or the socket can't be had; nothing is left open
   */
  public static AdminServer open(Places places, Turn turn) throws IOException {
    AdminServer server = new AdminServer(places);
    long deadline = System.nanoTime() + (turn == Turn.NEXT ? PATIENCE.toNanos() : 0);
    try {
      server.listenNear(places.adminPort(), deadline);
      server.listen(Kind.STATUS, "--status-port", EVERY_V4, places.statusPort(), deadline);
      server.listen(Kind.STATUS, "--status-port", EVERY_V6, places.statusPort(), deadline);
      server.listen(Kind.STATS, "--stats-port", EVERY_V4, places.statsPort(), deadline);
      server.listen(Kind.STATS, "--stats-port", EVERY_V6, places.statsPort(), deadline);
      if (places.socket().isPresent()) {
        Path admin = places.socket().get();
        server.sockets.add(server.listen(admin, turn));
        Path log = admin.resolveSibling(ACCESS_LOG_SOCKET);
        server.readers = Optional.of(server.listen(log, turn));
      }
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private Socket listen(Path path, Turn turn) throws IOException {
    AdminSocketFile made = AdminSocketFile.listen(path, places.group(), turn);
    files.add(made);
    return new Socket(Kind.ADMIN, true, path.toString(), made.descriptor());
  }

  private void listenNear(int port, long deadline) throws IOException {
    String option = "--admin-port";
    if (!listen(Kind.ADMIN, option, LOOPBACK, port, deadline)
        && !listen(Kind.ADMIN, option, LOOPBACK_V6, port, deadline)) {
      throw new IOException(
          "cannot listen on port "
              + port
              + " ("
              + option
              + "): neither 127.0.0.1 nor ::1 is an address here; expected lo to be up, or 0 for no"
              + " port");
    }
  }

  /** False if the namespace has no such address. */
  private boolean listen(Kind kind, String option, InetAddress address, int port, long deadline)
      throws IOException {
    if (port == 0) {
      return true;
    }
    AddressFamily family = AddressFamily.of(address);
    try {
      int descriptor = listen(family, new InetSocketAddress(address, port), deadline);
      sockets.add(new Socket(kind, false, address.getHostAddress() + ":" + port, descriptor));
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.EAFNOSUPPORT) || e.is(Errno.EADDRNOTAVAIL)) {
        return false;
      }
      String why =
          e.is(Errno.EADDRINUSE)
              ? "EADDRINUSE: another process listens there; expected a free port, or 0 for none"
              : String.valueOf(e.getMessage());
      throw new IOException("cannot listen on port " + port + " (" + option + "): " + why, e);
    }
  }

  /** Never with SO_REUSEPORT: two proxies would share what is asked, and nobody would see it. */
  private static int listen(AddressFamily family, InetSocketAddress place, long deadline)
      throws SyscallException {
    int descriptor = Sockets.openStream(family);
    try {
      SocketOptions.setReuseAddress(descriptor, true);
      if (family == AddressFamily.INET6) {
        SocketOptions.setIpv6Only(descriptor, true);
      }
      bind(descriptor, family, place, deadline);
      Sockets.listen(descriptor, BACKLOG);
      return descriptor;
    } catch (SyscallException e) {
      Sockets.close(descriptor);
      throw e;
    }
  }

  private static void bind(
      int descriptor, AddressFamily family, InetSocketAddress place, long deadline)
      throws SyscallException {
    while (true) {
      try {
        Sockets.bind(descriptor, family, place);
        return;
      } catch (SyscallException e) {
        if (!e.is(Errno.EADDRINUSE) || System.nanoTime() >= deadline || !pause()) {
          throw e;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Starts to answer, on a thread of its own.
   *
   * @param log whom readers of the access log are given to; closing it is the caller's
   * @param probes of the applications, answered beside the metrics
   */
  public void serve(
      ProxyView proxy, AccessLogStream log, Optional<AppProbes> probes, RateLimitedLog complaints)
      throws IOException {
    Worker worker = start(complaints);
    Door open = new Door.Open();
    Door.Known known = new Door.Known(ProcessImage.user(), places.group().id());
    Door near =
        new Door.Loopback(MeshAddresses.passthroughSource(LOOPBACK), proxy.takesOrdersAtPort());
    for (Socket socket : sockets) {
      Door door = socket.file() ? known : socket.kind() == Kind.ADMIN ? near : open;
      Entrance entrance =
          new Entrance(
              socket.name(),
              socket.descriptor(),
              door,
              RoutesOnDemand.of(socket.kind(), proxy, probes));
      HttpListener listener = new HttpListener(entrance, worker, complaints);
      worker.execute(listener::start);
    }
    if (readers.isPresent()) {
      Socket socket = readers.get();
      SubscriberListener listener =
          new SubscriberListener(
              socket.descriptor(), socket.name(), known, log, worker, complaints);
      worker.execute(listener::start);
    }
  }

  /**
   * Starts to answer at the port for metrics, on a thread of its own, for a process that is no
   * proxy and has no other door.
   *
   * @param metrics appends all of them; may block for a moment
   */
  public void serveMetrics(Consumer<Exposition> metrics, RateLimitedLog complaints)
      throws IOException {
    Worker worker = start(complaints);
    for (Socket socket : sockets) {
      Entrance entrance =
          new Entrance(
              socket.name(),
              socket.descriptor(),
              new Door.Open(),
              new RoutesOnDemand(() -> Endpoints.stats(metrics)));
      HttpListener listener = new HttpListener(entrance, worker, complaints);
      worker.execute(listener::start);
    }
  }

  private Worker start(RateLimitedLog complaints) throws IOException {
    Workers started = Workers.start("sluice-admin", 1, line -> complaints.say("admin_pipe", line));
    workers = started;
    return started.all().getFirst();
  }

  /**
   * Ends listening; removes the socket files, unless they are another process's by now. Closing
   * again does nothing.
   */
  @Override
  public void close() {
    Workers running = workers;
    workers = null;
    if (running == null) {
      sockets.forEach(socket -> Sockets.close(socket.descriptor()));
      readers.ifPresent(socket -> Sockets.close(socket.descriptor()));
    } else {
      running.close();
    }
    sockets.clear();
    readers = Optional.empty();
    files.forEach(AdminSocketFile::remove);
    files.clear();
  }
}
