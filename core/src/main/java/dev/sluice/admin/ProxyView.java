// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.config.ConfigurationStatus;
import dev.sluice.config.ProxySettings;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.RecentConnections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What the operator sees of a proxy, and does to it. Thread-safe; only what says so blocks. */
public interface ProxyView {
  /** The version of the build. */
  String version();

  /** Why it takes no connections; empty if it does. */
  Optional<String> unreadiness();

  /** What it was told at the start. */
  ProxySettings settings();

  /** Where it listens for connections, by address and port, with what for. */
  Map<String, String> listeners();

  /** Which configuration is in force. */
  ConfigurationStatus configuration();

  /** That configuration. */
  MeshSnapshot snapshot();

  /** Hands {@code receiver} at most {@code most} open connections; once, on any thread. */
  void connections(int most, Consumer<List<ConnectionView>> receiver);

  /**
   * Runs {@code then} once every event loop that moves bytes has had its turn: never, if one hangs.
   * On any thread; it must not block.
   */
  void alive(Runnable then);

  /** How many connections are open. */
  int openConnections();

  /** The connections that ended of late; empty where nobody keeps them. */
  default Optional<RecentConnections> recent() {
    return Optional.empty();
  }

  /**
   * Whether whoever reaches the port of the operators may change something there; else only who may
   * write to the socket.
   */
  default boolean takesOrdersAtPort() {
    return true;
  }

  /** Appends every metric. */
  void metrics(Exposition out);

  /** Where the access log goes; empty without one. */
  Optional<String> accessLog();

  /** Opens the access log again under its name. */
  void reopenAccessLog();

  /** Takes no more connections; what is open goes on. Blocks until none is on its way. */
  void drain();

  /** Ends the process, as SIGTERM does. */
  void quit();
}
