// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.net.AddressText;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** One probe by TCP. Confined to the thread of {@link LiveCheck}. */
final class StreamProbe {
  private final LiveProbe probe;
  private final Map<Integer, Integer> listeners;
  private final PeerAddress peer = new PeerAddress();
  private int client;

  private StreamProbe(LiveProbe probe, ProbeListeners listeners) {
    this.probe = probe;
    this.listeners = listeners.of(probe.family());
  }

  static ProbeOutcome run(LiveProbe probe, ProbeListeners listeners, Duration timeout)
      throws SyscallException {
    StreamProbe attempt = new StreamProbe(probe, listeners);
    attempt.client = probe.client().openStream(probe.family());
    try {
      attempt.dial();
      return Patience.await(timeout, attempt::look).orElseGet(() -> attempt.lost(timeout));
    } finally {
      Sockets.close(attempt.client);
    }
  }

  private void dial() throws SyscallException {
    AddressFamily family = probe.family();
    if (probe.kind() == LiveProbe.Kind.INBOUND) {
      Sockets.bind(client, family, new InetSocketAddress(MeshAddresses.loopback(family), 0));
    }
    int result = Sockets.connect(client, family, probe.destination());
    if (result < 0 && !Errno.EINPROGRESS.returnedBy(result)) {
      throw new SyscallException("connect", -result, "to " + AddressText.of(probe.destination()));
    }
  }

  private Optional<ProbeOutcome> look() throws SyscallException {
    for (Map.Entry<Integer, Integer> listener : listeners.entrySet()) {
      int accepted = Sockets.accept(listener.getValue(), peer);
      if (accepted >= 0) {
        try {
          Optional<ProbeOutcome> outcome = judge(accepted, listener.getKey());
          if (outcome.isPresent()) {
            return outcome;
          }
        } finally {
          Sockets.close(accepted);
        }
      }
    }
    int error = Sockets.pendingError(client);
    if (error > 0) {
      return Optional.of(new ProbeOutcome.Missed(Errno.describe(error) + ", it was not captured"));
    }
    return Optional.empty();
  }

  private Optional<ProbeOutcome> judge(int accepted, int port) throws SyscallException {
    InetSocketAddress from = peer.toSocketAddress();
    LoopGuard noGuard = new LoopGuard(new ListenerPorts(0, 0), new LocalAddresses());
    return switch (OriginalDestinations.byLocalAddress(port, noGuard)
        .find(accepted, probe.family(), new ClientAddress(from))) {
      case Interception.Found found -> judge(found.originalDestination(), from, port);
      case Interception.Loop loop -> judge(loop.originalDestination(), from, port);
      case Interception.Unknown unknown -> Optional.of(new ProbeOutcome.Missed(unknown.detail()));
    };
  }

  /** Empty for a stranger's connection. */
  private Optional<ProbeOutcome> judge(
      OriginalDestination dialled, InetSocketAddress from, int port) throws SyscallException {
    boolean right = dialled.socketAddress().equals(probe.destination());
    // Where conntrack remembers an earlier connection, REDIRECT changes the client's port.
    if (!right && !from.equals(Sockets.localAddress(client))) {
      return Optional.empty();
    }
    if (port != probe.listenerPort()) {
      return Optional.of(new ProbeOutcome.Missed("it arrived at port " + port));
    }
    return Optional.of(
        right
            ? new ProbeOutcome.Captured()
            : new ProbeOutcome.Missed("it arrived with the original destination " + dialled));
  }

  private ProbeOutcome lost(Duration timeout) {
    boolean answered;
    try {
      Sockets.peerAddress(client);
      answered = true;
    } catch (SyscallException e) {
      answered = false;
    }
    return new ProbeOutcome.Missed(
        answered
            ? "somebody else accepted it, so it was not captured"
            : "nobody answered within " + timeout.toMillis() + " ms, so it was not captured");
  }
}
