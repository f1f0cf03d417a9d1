// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFileTest {
  @TempDir private Path folder;

  @Test
  void beginsANewLineAfterOneThatWasCutShort() throws IOException {
    Path file = folder.resolve("log");
    LogFile log = LogFile.open(file.toString());
    log.write("one\ntwo\nthr");
    assertThat(log.linesWritten()).isEqualTo(2);
    log.write("four\n");
    log.close();
    assertThat(log.linesWritten()).as("the half line isn't one").isEqualTo(3);
    assertThat(Files.readString(file)).isEqualTo("one\ntwo\nthr\nfour\n");
  }

  @Test
  void countsLinesAcrossARotation() throws IOException {
    Path file = folder.resolve("log");
    LogFile log = LogFile.open(file.toString());
    log.write("one\n");
    Files.move(file, folder.resolve("log.1"));
    log.reopen();
    log.write("two\nthree\n");
    log.close();
    assertThat(log.linesWritten()).isEqualTo(3);
    assertThat(Files.readString(file)).isEqualTo("two\nthree\n");
  }
}
