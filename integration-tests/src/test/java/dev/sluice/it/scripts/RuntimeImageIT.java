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
import java.util.ArrayList;
import java.util.List;
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

  /** 37 with Java 25.0.3: the JDK's own, for calls to the kernel and for Netty's look-ups. */
  private static final int MOST_MADE_AT_RUN_TIME = 60;

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
    takesItsClassesFromTheCache();

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

  /**
   * To open jars takes a fifth of the start, and one class that no cache can hold is enough for it;
   * each that the JDK makes at run time takes half a millisecond.
   */
  private void takesItsClassesFromTheCache() throws IOException {
    Path mesh =
        Files.writeString(
            folder.resolve("mesh.yaml"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: some, namespace: any}
            spec:
              clusterIP: 198.18.0.10
              ports: [{port: 8081, protocol: TCP}]
            """);
    Path log = folder.resolve("classes.log");
    CommandResult started =
        start("SLUICE_JAVA_OPTIONS=-Xlog:class+load:file=" + log, "--policy=" + mesh);
    assertThat(started.errors()).contains("listening");
    // Of the JVM that serves: root's proxy starts itself again, and what the first wrote is moved.
    List<String> loaded = Files.readAllLines(log);
    assertThat(loaded)
        .anyMatch(line -> line.contains("dev.sluice.app.Main source: shared objects file"));
    assertThat(loaded.stream().filter(line -> !line.contains("shared objects file")))
        .isNotEmpty()
        .noneMatch(line -> line.contains(" source: file:"))
        .noneMatch(line -> line.contains(" dev.sluice."))
        .noneMatch(line -> line.contains("java.util.Comparator"))
        .hasSizeLessThan(MOST_MADE_AT_RUN_TIME);
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
    return start("SLUICE_JAVA_OPTIONS=");
  }

  private CommandResult start(String variable, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "SLUICE_RUNTIME=" + runtime,
                variable,
                "unshare",
                "--net",
                "bash",
                "-c",
                START,
                "start",
                Checkout.script("sluice"),
                "proxy"));
    command.addAll(List.of(options));
    CommandResult result = Command.of(command.toArray(String[]::new)).run();
    assertThat(result.exitCode()).isZero();
    return result;
  }
}
