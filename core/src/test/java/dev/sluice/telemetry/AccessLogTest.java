// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AccessLogTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir private Path folder;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final RateLimitedLog complaints =
      new RateLimitedLog(new PrintStream(said, true, StandardCharsets.UTF_8), "");

  @Test
  void writesWhatWasQueuedBeforeItCloses() throws IOException {
    Path file = folder.resolve("access.log");
    AccessLog log = AccessLog.open(file.toString(), AccessLogFormat.LOGFMT, complaints);
    write(log, 5_000);
    log.close(LONG);
    assertThat(Files.readAllLines(file)).hasSize(5_000);
    assertThat(log.lost()).isZero();
    assertThat(said.size()).isZero();
  }

  @Test
  void appendsToWhatIsThere() throws IOException {
    Path file = Files.writeString(folder.resolve("access.log"), "before\n");
    AccessLog log = AccessLog.open(file.toString(), AccessLogFormat.LOGFMT, complaints);
    write(log, 1);
    log.close(LONG);
    assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo("before");
  }

  @Test
  void countsEveryLineThatADiskWithoutRoomRefuses() throws IOException {
    AccessLog log = AccessLog.open("/dev/full", AccessLogFormat.LOGFMT, complaints);
    write(log, 100);
    log.close(LONG);
    assertThat(log.lost()).isEqualTo(100);
    assertThat(said.toString(StandardCharsets.UTF_8))
        .startsWith("writing the access log to '/dev/full': No space left on device");
  }

  @Test
  void neitherBlocksNorForgetsWhenAPipeHasNoReader() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    AccessLog log = AccessLog.open(pipe.toString(), AccessLogFormat.LOGFMT, complaints);
    long begin = System.nanoTime();
    write(log, 50_000);
    log.close(Duration.ofMillis(100));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LONG);
    // Of the rest some are in the pipe, which nobody will read.
    assertThat(log.lost()).isBetween(50_000 - 16_384L - 2_048, 50_000L);
  }

  @Test
  void opensTheFileAgainUnderItsName() throws IOException {
    Path file = folder.resolve("access.log");
    Path old = folder.resolve("access.log.1");
    AccessLog log = AccessLog.open(file.toString(), AccessLogFormat.LOGFMT, complaints);
    Files.move(file, old);
    log.reopen();
    write(log, 3);
    log.close(LONG);
    assertThat(Files.readAllLines(file).size() + Files.readAllLines(old).size()).isEqualTo(3);
    assertThat(file).exists();
  }

  @Test
  void namesAFileThatItCannotOpen() {
    String target = folder.resolve("missing/access.log").toString();
    assertThatThrownBy(() -> AccessLog.open(target, AccessLogFormat.LOGFMT, complaints))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("'" + target + "'")
        .hasMessageContaining("expected a file that this user");
  }

  private static void write(AccessLog log, int count) {
    ConnectionRecord connection = LogfmtLineTest.connection(null, Outcome.Closed.INSTANCE, "");
    for (int i = 0; i < count; i++) {
      log.write(connection);
    }
  }
}
