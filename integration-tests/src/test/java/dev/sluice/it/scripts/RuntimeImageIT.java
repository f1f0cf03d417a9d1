// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image that {@code scripts/build-runtime} makes, and what the launcher does with it. */
class RuntimeImageIT {
  /** Starts a proxy in a network namespace of its own; prints what it has mapped, and ends it. */
  private static final String START =
      """
      ip link set lo up
      "$@" & proxy=$!
      for _ in $(seq 600); do ss -Hltn sport = 15001 | grep -q . && break; sleep 0.1; done
      readlink /proc/$proxy/exe
      grep -o '[^ ]*\\.aot$\\|[^ ]*\\.jsa$' /proc/$proxy/maps | sort -u
      kill $proxy; wait $proxy
      """;

  @TempDir private Path folder;
  private Path runtime;

  RuntimeImageIT() {
    runtime = Path.of("runtime");
  }

  @BeforeEach
  void letEverybodyRead() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    runtime = folder.resolve("runtime");
  }

  @Test
  void servesTheProxyAndNoOtherBuild() throws IOException {
    assertThat(
            Command.of(Checkout.script("build-runtime"), runtime.toString())
                .withTimeout(Duration.ofMinutes(5))
                .runOrThrow())
        .isEmpty();
    assertThat(runtime.resolve("sluice.aot")).isNotEmptyFile();

    CommandResult started = start();
    assertThat(started.output())
        .contains(runtime.resolve("bin/java").toString(), runtime.resolve("sluice.aot").toString());
    assertThat(started.errors())
        .contains("listening")
        .doesNotContain("warning", "runtime image", "class cache");

    makeTheCacheOneOfAnotherJvm();
    saysOnceThatItDoesNotAcceptTheCache();
    try (FileChannel cache = cache()) {
      cache.truncate(cache.size() / 2);
    }
    saysOnceThatItDoesNotAcceptTheCache();

    Files.delete(runtime.resolve("sluice.aot"));
    startsWithoutTheImage(runtime + " has no class cache (sluice.aot) that uid 0 can read: ");
    Files.writeString(runtime.resolve("build.stamp"), "of another build\n");
    startsWithoutTheImage(runtime + " is not of this build: starting without it");
  }

  private void startsWithoutTheImage(String why) throws IOException {
    CommandResult other = start();
    assertThat(other.errors()).contains("listening");
    assertThat(other.errors().lines()).filteredOn(line -> line.contains(why)).hasSize(1);
    assertThat(other.errors().lines())
        .filteredOn(line -> line.contains("the runtime image"))
        .hasSize(1);
    assertThat(other.output()).doesNotContain(runtime.toString());
  }

  private FileChannel cache() throws IOException {
    return FileChannel.open(
        runtime.resolve("sluice.aot"), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Its head has the words by which a JVM calls itself, with version and build. */
  private void makeTheCacheOneOfAnotherJvm() throws IOException {
    String named = "Server VM (";
    try (FileChannel cache = cache()) {
      ByteBuffer head = ByteBuffer.allocate(4096);
      cache.read(head, 0);
      int version = new String(head.array(), StandardCharsets.ISO_8859_1).indexOf(named);
      assertThat(version).isPositive();
      cache.write(
          ByteBuffer.wrap("99".getBytes(StandardCharsets.ISO_8859_1)), version + named.length());
    }
  }

  private void saysOnceThatItDoesNotAcceptTheCache() throws IOException {
    CommandResult damaged = start();
    assertThat(damaged.output()).doesNotContain(".aot");
    assertThat(damaged.errors().lines().toList())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("sluice proxy: using the class cache " + runtime)
                    .contains("Starting without it"),
            line -> assertThat(line).contains("listening"),
            line -> assertThat(line).contains("stopped"));
  }

  @Test
  void leavesAFolderOfSomebodyElseAlone() throws IOException {
    Files.createDirectories(runtime);
    Path precious = Files.writeString(runtime.resolve("precious"), "data");
    CommandResult refused = Command.of(Checkout.script("build-runtime"), runtime.toString()).run();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors()).hasLineCount(1).contains(runtime + ": it exists and is none");
    assertThat(precious).hasContent("data");
  }

  private CommandResult start() throws IOException {
    CommandResult result =
        Command.of(
                "env",
                "SLUICE_RUNTIME=" + runtime,
                "unshare",
                "--net",
                "bash",
                "-c",
                START,
                "start",
                Checkout.script("sluice"),
                "proxy")
            .run();
    assertThat(result.exitCode()).isZero();
    return result;
  }
}
