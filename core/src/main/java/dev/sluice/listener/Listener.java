// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.ConnectionSlots;
import dev.sluice.loop.LocalSending;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.RateLimitedLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One listening socket, accepted from by every worker: each has a duplicate of the descriptor in
 * its own epoll, so that whichever loop has time takes the connection, and the one with the fewest
 * serves it to its end.
 *
 * <p>{@link #open} and {@link #start} are called once, by one thread. Owns the descriptor until it
 * is started; afterwards the event loops own the duplicates and close them when they end.
 */
public final class Listener {
  private static final int BACKLOG = 4096;

  private final ListenAddress address;
  private final int descriptor;
  private final List<Acceptor> acceptors = new CopyOnWriteArrayList<>();

  private Listener(ListenAddress address, int descriptor) {
    this.address = address;
    this.descriptor = descriptor;
  }

  /** What all listeners of a process share. */
  public record Surroundings(ConnectionSlots slots, Counters counters, RateLimitedLog complaints) {}

  /**
   * Binds and listens in {@code place}; nothing is accepted before {@link #start}.
   *
   * @throws ListenException if the port is taken, a right is missing, or the kernel lacks the
   *     family
   */
  public static Listener open(ListenAddress address, SocketPlace place) throws ListenException {
    int descriptor;
    try {
      descriptor = place.openStream(address.family());
    } catch (SyscallException e) {
      throw new ListenException(address, e);
    }
    try {
      prepare(descriptor, address);
      return new Listener(address, descriptor);
    } catch (SyscallException e) {
      Sockets.close(descriptor);
      throw new ListenException(address, e);
    }
  }

  /** Takes over a socket that listens at {@code address} already, with those who wait there. */
  public static Listener inherited(ListenAddress address, int descriptor) {
    return new Listener(address, descriptor);
  }

  /** Where it listens. */
  public ListenAddress address() {
    return address;
  }

  /** The listening socket; it stays this object's, and the event loops' once it is started. */
  public int descriptor() {
    return descriptor;
  }

  private static void prepare(int descriptor, ListenAddress address) throws SyscallException {
    SocketOptions.setReuseAddress(descriptor, true);
    if (address.family() == AddressFamily.INET6) {
      SocketOptions.setIpv6Only(descriptor, true);
    }
    if (address.reach() == ListenAddress.Reach.FOREIGN_ADDRESSES) {
      SocketOptions.setIpTransparent(descriptor, address.family(), true);
    }
    // Accepted sockets inherit it, which saves a call for each.
    SocketOptions.setTcpNoDelay(descriptor, true);
    Sockets.bind(descriptor, address.family(), address.socketAddress());
    Sockets.listen(descriptor, BACKLOG);
  }

  /**
   * Has what is accepted from now on send as {@code local} says; for a listener whose clients are
   * in its namespace.
   *
   * @throws ListenException if that is refused
   */
  public void sendLocally(LocalSending local) throws ListenException {
    try {
      local.applyTo(descriptor);
    } catch (SyscallException e) {
      throw new ListenException(address, e);
    }
  }

  /** Who has to know the listening socket, because it brings the connections. */
  @FunctionalInterface
  public interface Steering {
    /** Brings connections of {@code family} to {@code descriptor}, which stays the listener's. */
    void steerTo(AddressFamily family, int descriptor) throws SyscallException;
  }

  /**
   * Has connections brought here; before {@link #start}.
   *
   * @throws ListenException if that is refused
   */
  public void announceTo(Steering steering) throws ListenException {
    try {
      steering.steerTo(address.family(), descriptor);
    } catch (SyscallException e) {
      throw new ListenException(address, e);
    }
  }

  /**
   * Starts to accept on every worker.
   *
   * @throws ListenException if the descriptor can't be duplicated
   */
  public void start(
      List<Worker> workers, AcceptedConnection.Handler handler, Surroundings surroundings)
      throws ListenException {
    for (int i = 0; i < workers.size(); i++) {
      Worker worker = workers.get(i);
      int own = descriptor;
      if (i > 0) {
        own = Sockets.duplicate(descriptor);
        if (own < 0) {
          throw new ListenException(
              address, new SyscallException("fcntl(F_DUPFD_CLOEXEC)", -own, "duplicating"));
        }
      }
      Acceptor acceptor = new Acceptor(own, address, worker, workers, handler, surroundings);
      acceptors.add(acceptor);
      worker.execute(acceptor::start);
    }
  }

  /**
   * Whether each loop serves what it accepts, rather than the loop with the fewest: while loops are
   * stopped, nothing may be on its way from one to another. Thread-safe.
   */
  public void keepOwn(boolean keep) {
    acceptors.forEach(acceptor -> acceptor.keepOwn(keep));
  }

  /**
   * Stops to accept on {@code worker}, on whose loop this is called; doing so again does nothing.
   * When every worker has, the port is free, and connections that nobody accepted are reset.
   */
  public void stopOn(Worker worker) {
    for (Acceptor acceptor : acceptors) {
      if (acceptor.worker().equals(worker)) {
        acceptor.stop();
      }
    }
  }

  /**
   * Takes the connections that wait in the kernel's queue, and then stops as {@link #stopOn} does;
   * on the loop of {@code worker}.
   */
  public void drainOn(Worker worker) {
    for (Acceptor acceptor : acceptors) {
      if (acceptor.worker().equals(worker)) {
        acceptor.stopWhenNoneWaits();
      }
    }
  }

  /** Whether a connection may still come in. Thread-safe. */
  public boolean isAccepting() {
    return !acceptors.stream().allMatch(Acceptor::isStopped);
  }

  /** Closes a listener that was never started; one that was is left alone. */
  public void abandon() {
    if (acceptors.isEmpty()) {
      Sockets.close(descriptor);
    }
  }

  /** Whether {@code errno} means that there is nothing left to make a socket of. */
  static boolean isExhaustion(int errno) {
    return errno == Errno.EMFILE.number()
        || errno == Errno.ENFILE.number()
        || errno == Errno.ENOBUFS.number()
        || errno == Errno.ENOMEM.number();
  }
}
