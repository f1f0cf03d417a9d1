// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Proxies of the client's pod that take over from one another, with one access log. */
final class Restarts {
  private static final Pattern SOCKET =
      Pattern.compile("\"java\",pid=(\\d+).* sk:([0-9a-f]+)", Pattern.CASE_INSENSITIVE);

  private static final Pattern OPERATORS = Pattern.compile("LISTEN.*:(15000|15020|15021)\\s");

  private final Mesh mesh;
  private final InterceptionMode mode;
  private final Path log;

  Restarts(Mesh mesh, InterceptionMode mode) throws IOException {
    this.mesh = mesh;
    this.mode = mode;
    this.log = mesh.folder().resolve("access.log");
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

  /** One under {@code prefix}, such as a tracer. */
  ProxyUnderTest start(List<String> prefix, String... options) throws IOException {
    return ProxyUnderTest.start(mesh, Party.CLIENT, rights(), log, command(prefix, options));
  }

  List<String> command(List<String> prefix, String... options) {
    List<String> words = new ArrayList<>(prefix);
    List<String> all = new ArrayList<>(List.of("--access-log", log.toString()));
    all.addAll(List.of(options));
    words.addAll(ProxyUnderTest.command(mesh, mode, all));
    return words;
  }

  RunAs rights() {
    return mode == InterceptionMode.TPROXY ? RunAs.PROXY_NET_ADMIN : RunAs.PROXY;
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
    for (String line : mesh.in(Party.CLIENT, "ss", "-tnpea").lines().toList()) {
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
