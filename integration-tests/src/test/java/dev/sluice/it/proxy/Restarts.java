// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Proxies of one pod that take over from one another, with one access log. */
final class Restarts {
  private static final Pattern SOCKET =
      Pattern.compile("\"java\",pid=(\\d+).* sk:([0-9a-f]+)", Pattern.CASE_INSENSITIVE);

  private static final Pattern OPERATORS = Pattern.compile("LISTEN.*:(15000|15020|15021)\\s");

  private final Mesh mesh;
  private final Party party;
  private final InterceptionMode mode;
  private final Start start;
  private final Path log;

  /**
   * How each of them is started.
   *
   * @param prefix a command that goes on with the proxy
   * @param options beside those of the test
   */
  record Start(RunAs rights, List<String> prefix, List<String> options) {}

  /** Those of the client's pod, by rules. */
  Restarts(Mesh mesh, InterceptionMode mode) throws IOException {
    this(
        mesh,
        Party.CLIENT,
        mode,
        new Start(
            mode == InterceptionMode.TPROXY ? RunAs.PROXY_NET_ADMIN : RunAs.PROXY,
            List.of(),
            List.of()));
  }

  Restarts(Mesh mesh, Party party, InterceptionMode mode, Start start) throws IOException {
    this.mesh = mesh;
    this.party = party;
    this.mode = mode;
    this.start = start;
    this.log = mesh.folder().resolve("access.log");
    // Users may differ: that of the first start, and that of the proxy.
    Files.createFile(log);
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-rw-rw-"));
  }

  ProxyUnderTest first(String... options) throws IOException {
    return start(List.of(), options);
  }

  /** One that takes over from whoever serves. */
  ProxyUnderTest next(String... options) throws IOException {
    return start(
        List.of(),
        Stream.concat(Stream.of("--hot-restart"), Stream.of(options)).toArray(String[]::new));
  }

  /** One that takes over, of another build. */
  ProxyUnderTest nextBy(String launcher) throws IOException {
    List<String> words = new ArrayList<>(command(List.of(), "--hot-restart"));
    words.set(words.indexOf(mesh.launcher()), launcher);
    return ProxyUnderTest.start(mesh, party, rights(), log, words);
  }

  /** One under {@code prefix}, such as a tracer. */
  ProxyUnderTest start(List<String> prefix, String... options) throws IOException {
    return ProxyUnderTest.start(mesh, party, rights(), log, command(prefix, options));
  }

  List<String> command(List<String> prefix, String... options) {
    List<String> words = new ArrayList<>(start.prefix());
    words.addAll(prefix);
    List<String> all = new ArrayList<>(List.of("--access-log", log.toString()));
    all.addAll(start.options());
    all.addAll(List.of(options));
    words.addAll(ProxyUnderTest.command(mesh, mode, all));
    return words;
  }

  RunAs rights() {
    return start.rights();
  }

  /** The access log of all of them. */
  Path log() {
    return log;
  }

  List<Map<String, String>> records() throws IOException {
    return ProxyUnderTest.records(log);
  }

  /**
   * The cookies of all TCP sockets of the proxy, each with the process that has it; without those
   * at which operators are answered, which each process opens for itself.
   */
  Map<String, Long> cookies() throws IOException {
    Map<String, Long> found = new TreeMap<>();
    for (String line : mesh.in(party, "ss", "-tnpea").lines().toList()) {
      Matcher matcher = SOCKET.matcher(line);
      // The clients of the test are in this namespace too.
      if (!OPERATORS.matcher(line).find()
          && matcher.find()
          && Long.parseLong(matcher.group(1)) != ProcessHandle.current().pid()) {
        found.put(matcher.group(2), Long.parseLong(matcher.group(1)));
      }
    }
    return found;
  }

  /** Where a proxy of this pod waits to be taken over from. */
  Path socket() throws IOException {
    try (Stream<Path> files = Files.walk(mesh.runtimeFolder())) {
      List<Path> found = files.filter(file -> file.endsWith("handover.sock")).toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }
}
