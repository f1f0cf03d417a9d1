// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One non-blocking descriptor of ours on one of Netty's epoll event loops.
 *
 * <p>It is registered once, edge-triggered, for everything, and never changed again: one {@code
 * epoll_ctl} in its life, and never an empty interest set (Netty deletes a descriptor with an empty
 * set from epoll and then fails to change it). The handler remembers what is readable and writable,
 * and hands the descriptor over to another handler when its own work is done.
 *
 * <p>Event-loop confined. Owns its descriptor: {@link #close()} closes it, once.
 */
public final class LoopDescriptor implements EpollIoHandle {
  /** Data, a connection or an end of stream can be read. {@code epoll(7)}'s {@code EPOLLIN}. */
  public static final int READABLE = 0x001;

  /** Among what can be read are urgent data, {@code MSG_OOB}. {@code EPOLLPRI}. */
  public static final int URGENT = 0x002;

  /** The socket takes bytes again, or has connected. {@code EPOLLOUT}. */
  public static final int WRITABLE = 0x004;

  /** The socket has an error pending, such as a reset. {@code EPOLLERR}. */
  public static final int ERROR = 0x008;

  /** Both directions have ended. {@code EPOLLHUP}. */
  public static final int HANGUP = 0x010;

  /** The peer sent its end of stream. {@code EPOLLRDHUP}. */
  public static final int PEER_ENDED = 0x2000;

  private static final int EDGE_TRIGGERED = 1 << 31;

  /** Of the loops that sleep, one is woken, not all. EPOLLEXCLUSIVE, since Linux 4.5. */
  private static final int EXCLUSIVE = 1 << 28;

  private static final EpollIoOps EVERYTHING =
      EpollIoOps.valueOf(READABLE | URGENT | WRITABLE | PEER_ENDED | EDGE_TRIGGERED);
  private static final EpollIoOps ACCEPTS =
      EpollIoOps.valueOf(READABLE | EDGE_TRIGGERED | EXCLUSIVE);

  private final int number;
  private final FileDescriptor nettyDescriptor;
  private Handler handler;
  private @Nullable IoRegistration registration;
  private boolean closed;

  /** Whoever works with the descriptor at present. */
  public interface Handler {
    /**
     * Called with the events since the last call, as a mask of the constants above. An edge comes
     * once: what is not used up must be remembered.
     */
    void ready(int events);

    /** The event loop ends; the descriptor is closed straight afterwards. */
    void loopClosed();

    /**
     * {@link #ready} threw {@code bug}: a mistake of ours, which must cost this connection and no
     * other. (Netty would stop the whole event loop for a second.)
     */
    void broken(RuntimeException bug);
  }

  /** Takes over descriptor {@code number}, which must be non-blocking. */
  public LoopDescriptor(int number, Handler handler) {
    this.number = number;
    this.handler = handler;
    this.nettyDescriptor = new FileDescriptor(number);
  }

  /** Starts to receive every kind of event. Called once, on {@code loop}'s thread. */
  public void register(IoEventLoop loop) {
    register(loop, EVERYTHING);
  }

  /** Starts to receive {@link #READABLE} only: for descriptors that several loops accept from. */
  public void registerToAccept(IoEventLoop loop) {
    register(loop, ACCEPTS);
  }

  private void register(IoEventLoop loop, EpollIoOps ops) {
    IoRegistration registered = loop.register(this).getNow();
    if (registered == null) {
      throw new IllegalStateException(
          "registering descriptor "
              + number
              + ": not on the thread of its event loop, or the loop has ended");
    }
    registration = registered;
    registered.submit(ops);
  }

  /** From now on {@code next} gets the events. It must not count on an edge that has passed. */
  public void handOverTo(Handler next) {
    handler = next;
  }

  /** The number of the descriptor. */
  public int number() {
    return number;
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public FileDescriptor fd() {
    return nettyDescriptor;
  }

  @Override
  public void handle(IoRegistration registered, IoEvent event) {
    if (closed) {
      return;
    }
    try {
      handler.ready(((EpollIoEvent) event).ops().value());
    } catch (RuntimeException bug) {
      handler.broken(bug);
    }
  }

  /** Netty calls it when the event loop ends; everybody else calls {@link #closeDescriptor()}. */
  @Override
  public void close() {
    if (!closed) {
      handler.loopClosed();
      closeDescriptor();
    }
  }

  /**
   * Closes a descriptor of which there are duplicates, here or elsewhere; closing again does
   * nothing. Taken out of epoll first: the kernel does that by itself only when the last duplicate
   * is closed.
   */
  public void closeDuplicate() {
    IoRegistration registered = registration;
    if (!closed && registered != null) {
      registered.cancel();
    }
    closeDescriptor();
  }

  /**
   * Closes the descriptor; closing again does nothing. Closed first and only then forgotten by
   * Netty: the kernel takes a closed descriptor out of epoll by itself, which saves a system call.
   */
  public void closeDescriptor() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      nettyDescriptor.close();
    } catch (IOException e) {
      // close(2) on Linux releases the descriptor whatever it returns; there is nothing to retry.
    }
    IoRegistration registered = registration;
    if (registered != null) {
      registered.cancel();
    }
  }
}
