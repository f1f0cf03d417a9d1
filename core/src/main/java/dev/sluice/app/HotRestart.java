// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings;
import dev.sluice.handover.HandoverListener;
import dev.sluice.handover.Link;
import dev.sluice.handover.Taking;
import dev.sluice.handover.Terms;
import dev.sluice.linux.ProcessImage;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * How a proxy takes over from the one that runs beside it, and is taken over from in its turn. Used
 * by the main thread; {@link #close} by any after {@link #offer}.
 */
final class HotRestart {
  @Option(
      names = "--hot-restart",
      description =
          "Take over from the proxy that runs in this network namespace with the same options: its"
              + " listeners and all its connections. Starts as usual if there is none.")
  private boolean wanted;

  /** Where whoever takes over finds this proxy, and this one finds whom it takes over from. */
  private Optional<Path> place = Optional.empty();

  private @Nullable HandoverListener listener;
  private Optional<Link> link = Optional.empty();
  private volatile HandoverListener.@Nullable Given given;
  private volatile @Nullable Link below;

  /** What has to be the same in both processes. */
  private static Terms terms(ProxySettings settings, Optional<Integer> dnsPort) {
    SequencedMap<String, String> values = new TreeMap<>();
    values.put("inbound port", Integer.toString(settings.ports().inbound()));
    values.put("outbound port", Integer.toString(settings.ports().outbound()));
    values.put("interception mode", settings.mode().name());
    values.put("outbound interception mode", settings.outboundMode().name());
    values.put("DNS port", dnsPort.map(String::valueOf).orElse("none"));
    return new Terms(Version.line(), values);
  }

  /** It is beside the admin socket; without one there is none. */
  void beside(Optional<Path> adminSocket) {
    place = adminSocket.map(socket -> socket.resolveSibling("handover.sock"));
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake(AdminOptions admin) {
    return wanted && admin.isWithoutSocket()
        ? Optional.of(
            "--hot-restart with --admin-socket none; expected a socket beside which the running"
                + " proxy is found")
        : Optional.empty();
  }

  /** Whether there is somebody to take over from, as far as the command line says. */
  boolean isWanted() {
    return wanted;
  }

  /**
   * Asks the running proxy.
   *
   * @throws IOException if it refuses
   */
  Optional<Taking> ask(ProxySettings settings, Optional<Integer> dnsPort) throws IOException {
    if (place.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Taking.ask(place.get(), terms(settings, dnsPort), ProcessImage.user());
    } catch (IOException e) {
      throw new IOException("taking over: " + e.getMessage(), e);
    }
  }

  /**
   * Waits for whoever takes over from {@code process}; {@code onGiven} is run when somebody has. A
   * proxy that can't wait serves all the same, and says so.
   */
  void offer(
      ProxyProcess process,
      ProxySettings settings,
      Optional<Integer> dnsPort,
      Runnable onGiven,
      RateLimitedLog complaints) {
    link = process.link();
    link.ifPresent(HotRestart::obey);
    if (place.isEmpty()) {
      return;
    }
    try {
      Path path = place.get();
      if (!wanted && HandoverListener.isServed(path)) {
        complaints.say(
            "handover", "another proxy waits at " + path + ": this one can't be taken over from");
        return;
      }
      listener =
          HandoverListener.open(
              path,
              new HandoverListener.Parties(
                  process,
                  terms(settings, dnsPort),
                  ProcessImage.user(),
                  ProcessHandle.current().pid() == 1,
                  what -> {
                    gave(what);
                    onGiven.run();
                  },
                  complaints),
              process.worker());
    } catch (IOException e) {
      complaints.say("handover", "this proxy can't be taken over from: " + e.getMessage());
    }
  }

  private void gave(HandoverListener.Given what) {
    if (ProcessHandle.current().pid() == 1) {
      // At once: a signal that comes while this process closes what it has is for the other one.
      Link link = new Link(what.peer());
      Signals.onEach(link::pass);
      below = link;
    }
    given = what;
  }

  /** Process 1 gets the signals of the container; here is where they have to arrive. */
  private static void obey(Link link) {
    Thread.ofPlatform().daemon().name("sluice-link").start(() -> link.listen(Signals::raise));
  }

  /** What was handed over to another process, if anything was. */
  Optional<HandoverListener.Given> given() {
    return Optional.ofNullable(given);
  }

  /** Waits no more for anybody to take over. */
  void close() {
    // Whoever took over waits at the same place by now, or will in a moment.
    if (listener != null && given == null) {
      listener.close();
    }
  }

  /**
   * The end of this process, when all is closed and recorded. Process 1 of a container that has
   * given all away can't end before the container does: it waits for whoever serves now, passes
   * signals on, and ends as that one does.
   *
   * @return the exit code
   */
  int end() throws IOException {
    HandoverListener.Given what = given;
    if (what == null) {
      link.ifPresent(to -> to.end(0));
      return 0;
    }
    return outlive(what);
  }

  private int outlive(HandoverListener.Given what) throws IOException {
    Link waiting = below;
    if (waiting == null) {
      what.peer().close();
      return 0;
    }
    try (waiting) {
      System.gc();
      OptionalInt code = waiting.awaitEnd();
      if (code.isEmpty()) {
        System.err.println("sluice proxy: the process that had taken over ended without a word");
      }
      return code.orElse(1);
    }
  }
}
