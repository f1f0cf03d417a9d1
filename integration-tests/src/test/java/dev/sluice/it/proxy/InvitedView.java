// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.admin.ProxyView;
import dev.sluice.config.ConfigurationStatus;
import dev.sluice.config.ProxySettings;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.InterceptionMode;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.RecentConnections;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Shows what a test puts in: names that no configuration can have, and rates of its own. */
record InvitedView(MeshSnapshot snapshot, RecentConnections connections) implements ProxyView {
  @Override
  public String version() {
    return "test";
  }

  @Override
  public Optional<String> unreadiness() {
    return Optional.empty();
  }

  @Override
  public ProxySettings settings() {
    return new ProxySettings(
        InterceptionMode.REDIRECT,
        InterceptionMode.REDIRECT,
        new ProxySettings.ListenerPorts(15_001, 15_006),
        new ProxySettings.ConnectionLimits(1, Duration.ofSeconds(1), Duration.ofSeconds(1)));
  }

  @Override
  public Map<String, String> listeners() {
    return Map.of();
  }

  @Override
  public ConfigurationStatus configuration() {
    return ConfigurationStatus.first(0);
  }

  @Override
  public void connections(int most, Consumer<List<ConnectionView>> receiver) {
    receiver.accept(List.of());
  }

  @Override
  public void alive(Runnable then) {
    then.run();
  }

  @Override
  public int openConnections() {
    return 0;
  }

  @Override
  public Optional<RecentConnections> recent() {
    return Optional.of(connections);
  }

  @Override
  public void metrics(Exposition out) {}

  @Override
  public Optional<String> accessLog() {
    return Optional.empty();
  }

  @Override
  public void reopenAccessLog() {}

  @Override
  public void drain() {}

  @Override
  public void quit() {}
}
