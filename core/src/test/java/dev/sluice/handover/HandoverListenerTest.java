// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.linux.ProcessImage;
import dev.sluice.linux.socket.PacketSocket;
import dev.sluice.loop.Workers;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody who connects and says nothing is waited for, 5 s, without harm to anybody. */
final class HandoverListenerTest {
  private static final Duration LESS_THAN_SILENCE = Duration.ofSeconds(3);

  private final Workers workers = Workers.start(1, _ -> {});
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  @TempDir private Path folder;
  private Path path;
  private HandoverListener listener;

  @BeforeEach
  void open() throws Exception {
    path = folder.resolve("handover.sock");
    listener =
        HandoverListener.open(
            path,
            new HandoverListener.Parties(
                new Untouched(),
                terms("15006"),
                ProcessImage.user(),
                false,
                _ -> {},
                new RateLimitedLog(new PrintStream(said, true, StandardCharsets.UTF_8), "")),
            workers.all().getFirst());
  }

  @AfterEach
  void close() {
    listener.close();
    workers.close();
  }

  @Test
  void closesBesideOneThatSaysNothing() throws Exception {
    try (PacketSocket silent = PacketSocket.connect(path)) {
      awaitServed();
      assertTimeoutPreemptively(LESS_THAN_SILENCE, listener::close);
      assertThat(path).doesNotExist();
      assertThat(silent.receive(Duration.ofSeconds(20))).isEmpty();
    }
  }

  @Test
  void answersAnotherBesideOneThatSaysNothing() throws Exception {
    try (PacketSocket silent = PacketSocket.connect(path)) {
      awaitServed();
      assertTimeoutPreemptively(
          LESS_THAN_SILENCE,
          () ->
              assertThatThrownBy(() -> Taking.ask(path, terms("15106"), ProcessImage.user()))
                  .hasMessage(
                      "the running proxy refuses: it would serve with inbound port 15106; expected"
                          + " 15006"));
      assertThat(silent.number()).isPositive();
    }
  }

  /** Until a thread waits for what the silent one has to say. */
  private static void awaitServed() throws InterruptedException {
    while (Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("sluice-handover"))) {
      Thread.sleep(5);
    }
    // It is to have begun to read.
    Thread.sleep(100);
  }

  private static Terms terms(String port) {
    return new Terms("sluice", new TreeMap<>(Map.of("inbound port", port)));
  }

  private static final class Untouched implements Source {
    @Override
    public FrozenProxy standStill() {
      throw new AssertionError("nobody is to take over");
    }

    @Override
    public void goOn() {}

    @Override
    public void letGo() {}
  }
}
