// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.ProxyView;
import dev.sluice.config.ConfigurationStatus;
import dev.sluice.config.ProxySettings;
import dev.sluice.controlplane.FollowedFiles;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.socketlb.CaptureChannel;
import dev.sluice.telemetry.ConnectionMetrics;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.Counters;
import dev.sluice.telemetry.Exposition;
import dev.sluice.telemetry.RecentConnections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A proxy and what belongs to it, as its operator sees it. Thread-safe. */
final class RunningProxy implements ProxyView {
  private final ProxySettings settings;
  private final ProxyProcess process;
  private final FollowedFiles files;
  private final Telling telling;
  private final End end;
  private volatile String unready = "";

  /**
   * What is told.
   *
   * @param own of whom
   * @param target where the access log goes; empty without one
   * @param channel to the programs that capture for it; in {@code SOCKET} mode, and only there
   */
  record Telling(
      OwnWorkload own,
      Counters counters,
      ConnectionMetrics metrics,
      RunningDns dns,
      ConnectionLogs logs,
      Optional<String> target,
      Optional<CaptureChannel> channel) {}

  /**
   * How it ends.
   *
   * @param keep has nobody take over any more; may block for a moment
   */
  record End(Termination termination, Runnable keep) {}

  RunningProxy(
      ProxySettings settings, ProxyProcess process, FollowedFiles files, Telling telling, End end) {
    this.settings = settings;
    this.process = process;
    this.files = files;
    this.telling = telling;
    this.end = end;
  }

  @Override
  public String version() {
    return Version.line();
  }

  @Override
  public Optional<String> unreadiness() {
    boolean ending = end.termination().told().getCount() == 0;
    return ending ? Optional.of("ending") : Optional.of(unready).filter(why -> !why.isEmpty());
  }

  @Override
  public ProxySettings settings() {
    return settings;
  }

  @Override
  public Map<String, String> listeners() {
    Map<String, String> listeners = new LinkedHashMap<>();
    listeners.put("*:" + settings.ports().outbound(), "outbound " + settings.outboundMode());
    listeners.put("*:" + settings.ports().inbound(), "inbound " + settings.mode());
    return listeners;
  }

  @Override
  public ConfigurationStatus configuration() {
    return files.status();
  }

  @Override
  public MeshSnapshot snapshot() {
    return files.snapshot();
  }

  @Override
  public void connections(int most, Consumer<List<ConnectionView>> receiver) {
    process.viewConnections(most, receiver);
  }

  @Override
  public void alive(Runnable then) {
    process.alive(then);
  }

  @Override
  public int openConnections() {
    return process.openConnections();
  }

  @Override
  public Optional<RecentConnections> recent() {
    return Optional.of(telling.logs().recent());
  }

  @Override
  public void metrics(Exposition out) {
    telling.metrics().appendTo(out);
    telling.counters().appendTo(out, openConnections());
    process.appendTo(out);
    telling.dns().appendTo(out);
    ProcessMetrics.files(out, files.status());
    ProcessMetrics.logs(out, telling.logs());
    telling.own().appendTo(out);
    telling.channel().ifPresent(channel -> ProcessMetrics.captured(out, channel));
  }

  @Override
  public Optional<String> accessLog() {
    return telling.target();
  }

  @Override
  public void reopenAccessLog() {
    telling.logs().reopen();
  }

  @Override
  public void drain() {
    unready = "draining";
    // A proxy that has closed its listeners has nothing to hand over.
    end.keep().run();
    process.stopAccepting();
  }

  @Override
  public void quit() {
    end.termination().tell();
  }
}
