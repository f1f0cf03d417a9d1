// SPDX-License-Identifier: Apache-2.0
package dev.sluice.workload;

import dev.sluice.config.ProxySettings;
import dev.sluice.handover.FrozenProxy;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.listener.AcceptedConnection;
import dev.sluice.listener.ListenAddress;
import dev.sluice.listener.ListenException;
import dev.sluice.listener.Listener;
import dev.sluice.loop.LocalSending;
import dev.sluice.loop.Worker;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.telemetry.RateLimitedLog;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The listeners of one network namespace: one for each direction and family. */
final class ListenerSet {
  private final List<Listener> outbound = new ArrayList<>();
  private final List<Listener> inbound = new ArrayList<>();
  private final Set<AddressFamily> families = EnumSet.noneOf(AddressFamily.class);

  private ListenerSet() {}

  /**
   * Opens all of them; IPv6 may be missing.
   *
   * @throws ListenException if one can't be had; nothing is left open
   */
  static ListenerSet open(ProxySettings settings, SocketPlace place, RateLimitedLog complaints)
      throws ListenException {
    ListenerSet set = new ListenerSet();
    try {
      for (AddressFamily family : AddressFamily.values()) {
        if (set.open(settings, family, place, complaints)) {
          set.families.add(family);
        }
      }
      return set;
    } catch (ListenException e) {
      set.abandon();
      throw e;
    }
  }

  /** Those of another process. */
  static ListenerSet inherited(List<FrozenProxy.FrozenListener> listeners) {
    ListenerSet set = new ListenerSet();
    for (FrozenProxy.FrozenListener each : listeners) {
      Listener listener = Listener.inherited(each.address(), each.descriptor());
      (each.address().direction() == Direction.OUTBOUND ? set.outbound : set.inbound).add(listener);
      set.families.add(each.address().family());
    }
    return set;
  }

  /** All of them, for another process; they stay these ones. */
  List<FrozenProxy.FrozenListener> frozen() {
    return Stream.concat(outbound.stream(), inbound.stream())
        .map(each -> new FrozenProxy.FrozenListener(each.address(), each.descriptor()))
        .toList();
  }

  private boolean open(
      ProxySettings settings, AddressFamily family, SocketPlace place, RateLimitedLog complaints)
      throws ListenException {
    try {
      outbound.add(
          Listener.open(
              new ListenAddress(
                  Direction.OUTBOUND,
                  family,
                  settings.ports().outbound(),
                  reach(settings.outboundMode())),
              place));
      inbound.add(
          Listener.open(
              new ListenAddress(
                  Direction.INBOUND, family, settings.ports().inbound(), reach(settings.mode())),
              place));
      return true;
    } catch (ListenException e) {
      if (family == AddressFamily.INET6 && e.familyMissing()) {
        complaints.say("family", "this kernel has no IPv6: only IPv4 is served");
        return false;
      }
      throw e;
    }
  }

  private static ListenAddress.Reach reach(InterceptionMode mode) {
    return switch (mode) {
      case REDIRECT, NODE -> ListenAddress.Reach.EVERY_ADDRESS;
      case TPROXY -> ListenAddress.Reach.FOREIGN_ADDRESSES;
      case SOCKET -> ListenAddress.Reach.LOOPBACK;
    };
  }

  /** The clients of the outbound listeners are the applications beside the proxy. */
  void sendOutboundLocally(LocalSending local) throws ListenException {
    for (Listener listener : outbound) {
      listener.sendLocally(local);
    }
  }

  void announceInboundTo(Listener.Steering steering) throws ListenException {
    for (Listener listener : inbound) {
      listener.announceTo(steering);
    }
  }

  void startOutbound(
      List<Worker> workers, AcceptedConnection.Handler handler, Listener.Surroundings surroundings)
      throws ListenException {
    for (Listener listener : outbound) {
      listener.start(workers, handler, surroundings);
    }
  }

  void startInbound(
      List<Worker> workers, AcceptedConnection.Handler handler, Listener.Surroundings surroundings)
      throws ListenException {
    for (Listener listener : inbound) {
      listener.start(workers, handler, surroundings);
    }
  }

  /** See {@link Listener#keepOwn}. Thread-safe. */
  void keepOwn(boolean keep) {
    outbound.forEach(listener -> listener.keepOwn(keep));
    inbound.forEach(listener -> listener.keepOwn(keep));
  }

  /** On the loop of {@code worker}. */
  void stopOn(Worker worker) {
    outbound.forEach(listener -> listener.stopOn(worker));
    inbound.forEach(listener -> listener.stopOn(worker));
  }

  /** Takes what waits in the queues and no more; on the loop of {@code worker}. */
  void drainOn(Worker worker) {
    outbound.forEach(listener -> listener.drainOn(worker));
    inbound.forEach(listener -> listener.drainOn(worker));
  }

  /** Whether a connection may still come in. Thread-safe. */
  boolean areAccepting() {
    return outbound.stream().anyMatch(Listener::isAccepting)
        || inbound.stream().anyMatch(Listener::isAccepting);
  }

  Set<AddressFamily> families() {
    return families;
  }

  /** Closes those listeners that were never started. */
  void abandon() {
    outbound.forEach(Listener::abandon);
    inbound.forEach(Listener::abandon);
  }
}
