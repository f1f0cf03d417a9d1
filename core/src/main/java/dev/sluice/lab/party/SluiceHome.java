// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where the launcher lies that the demo starts its proxies with. The proxies run as uid 1337: a
 * checkout that this uid can't read (below a home folder of mode 0700) is copied into the folder of
 * the run, as far as it is needed, and goes with it.
 */
public final class SluiceHome {
  private final Path checkout;
  private final Path home;
  private final Path javaHome;

  private SluiceHome(Path checkout, Path home, Path javaHome) {
    this.checkout = checkout;
    this.home = home;
    this.javaHome = javaHome;
  }

  /**
   * Finds the checkout by the system property {@code sluice.home} or the variable {@code
   * SLUICE_HOME}, and makes sure that the proxy's uid can run it.
   *
   * @throws LabException if there is none, it is not built, or this JDK is unreadable for that uid
   */
  public static SluiceHome find(Path runFolder) throws IOException {
    String named = System.getProperty("sluice.home", System.getenv("SLUICE_HOME"));
    if (named == null) {
      throw new LabException(
          "finding Sluice's own launcher: neither the system property sluice.home nor the variable"
              + " SLUICE_HOME is set; start the demo by scripts/sluice demo");
    }
    Path checkout = Path.of(named).toRealPath();
    Path javaHome = Path.of(System.getProperty("java.home")).toRealPath();
    requireBuilt(checkout);
    if (!runs(javaHome.resolve("bin/java"))) {
      throw new LabException(
          "the JDK in "
              + javaHome
              + " can't be run by uid "
              + RunAs.PROXY_UID
              + ", which the proxy runs as: expected a JDK that every user may read, for instance"
              + " below /usr/lib/jvm");
    }
    Path home = readable(checkout) ? checkout : copy(checkout, runFolder.resolve("home"));
    return new SluiceHome(checkout, home, javaHome);
  }

  /** The launcher's path. */
  public String launcher() {
    return home.resolve("scripts/sluice").toString();
  }

  /** Where programs of others are fetched to that no distribution has; they stay there. */
  Path peers() {
    return checkout.resolve("core/target/peers");
  }

  /** {@code program}, or a copy in the folder of the run where the proxy's uid can't run it. */
  static Path runnable(Path program, Path runFolder) throws IOException {
    if (runs(program)) {
      return program;
    }
    Path copy = runFolder.resolve(program.getFileName().toString());
    if (!Files.exists(copy)) {
      Files.copy(program, copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
    return copy;
  }

  /** What the launcher finds its JDK by: the one that runs the demo. */
  public Map<String, String> environment() {
    return Map.of("JAVA_HOME", javaHome.toString());
  }

  private static void requireBuilt(Path home) throws IOException {
    if (!Files.isExecutable(home.resolve("scripts/sluice"))
        || !Files.isDirectory(home.resolve("core/target/lib"))) {
      throw new LabException(
          "finding Sluice's own launcher: "
              + home
              + " holds no built checkout (scripts/sluice, core/target/lib); run scripts/build");
    }
  }

  private static boolean readable(Path home) throws IOException {
    Path target = home.resolve("core/target");
    try (Stream<Path> files = Files.walk(target.resolve("lib"))) {
      List<String> wanted =
          Stream.concat(
                  Stream.of(home.resolve("scripts/sluice"), home.resolve("scripts/lib/jdk.sh")),
                  Stream.concat(coreJars(target).stream(), files))
              .map(Path::toString)
              .toList();
      Command test =
          asProxy(Stream.concat(Stream.of("cat"), wanted.stream().filter(SluiceHome::isFile)));
      return test.run().succeeded();
    }
  }

  private static boolean isFile(String name) {
    return Files.isRegularFile(Path.of(name));
  }

  private static boolean runs(Path program) throws IOException {
    return asProxy(Stream.of("test", "-x", program.toString())).run().succeeded();
  }

  private static Command asProxy(Stream<String> command) {
    String id = Integer.toString(RunAs.PROXY_UID);
    Stream<String> prefix =
        Stream.of("setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--");
    return Command.of(Stream.concat(prefix, command).toArray(String[]::new));
  }

  private static List<Path> coreJars(Path target) throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      return files.filter(file -> file.getFileName().toString().endsWith(".jar")).toList();
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    for (String part : List.of("scripts", "core/target/lib", "core/target/native")) {
      if (Files.isDirectory(from.resolve(part))) {
        copyBelow(from.resolve(part), to.resolve(part));
      }
    }
    for (Path jar : coreJars(from.resolve("core/target"))) {
      Files.copy(jar, to.resolve("core/target").resolve(jar.getFileName().toString()));
    }
    Command.of("chmod", "-R", "a+rX", to.toString()).runOrThrow();
    return to;
  }

  private static void copyBelow(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
