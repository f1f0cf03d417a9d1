// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What every thread of a proxy may do, as the kernel says it, however many capabilities it was
 * started with. {@code RestartedProxyIT} has the same for capture by sockets.
 */
final class LeastPrivilegeIT {
  private static final String NONE = "0000000000000000";
  private static final String NET_ADMIN = "0000000000001000";

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, --connect-timeout=10s, " + NONE,
    "REDIRECT, --dns-port=53, 0000000000000400",
    "TPROXY, --connect-timeout=10s, " + NET_ADMIN,
    "TPROXY, --dns-port=53, 0000000000001400"
  })
  void givesUpWhatRootHasAndTheModeDoesNotNeed(InterceptionMode mode, String option, String rights)
      throws Exception {
    try (Mesh mesh = Mesh.build()) {
      mesh.rules(Party.SERVER, mode, "-u", "0");
      try (ProxyUnderTest proxy = start(mesh, mode, RunAs.ROOT, List.of(), option)) {
        for (List<String> status : threads(proxy)) {
          assertThat(status)
              .contains("CapEff:\t" + rights, "CapPrm:\t" + rights, "CapBnd:\t" + rights)
              .contains("CapInh:\t" + NONE, "CapAmb:\t" + NONE, "NoNewPrivs:\t1")
              .contains("Uid:\t0\t0\t0\t0", "Gid:\t0\t0\t0\t0", "Groups:\t1337 ");
        }
        assertThat(proxy.said()).noneMatch(line -> line.contains("keeping"));
        assertServes(mesh);
        proxy.stop();
      }
    }
  }

  @Test
  void givesUpWhatAnotherUserHas() throws Exception {
    try (Mesh mesh = Mesh.build(Party.SERVER, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy =
            start(mesh, InterceptionMode.REDIRECT, RunAs.PROXY_NET_ADMIN, List.of())) {
      for (List<String> status : threads(proxy)) {
        // The bounding set is another matter: it takes CAP_SETPCAP, and nothing comes from it now.
        assertThat(status)
            .contains("CapEff:\t" + NONE, "CapPrm:\t" + NONE, "CapInh:\t" + NONE)
            .contains("CapAmb:\t" + NONE, "NoNewPrivs:\t1", "Uid:\t1337\t1337\t1337\t1337");
      }
      assertServes(mesh);
      proxy.stop();
    }
  }

  @Test
  void isNotStartedAgainWithWhatItNeeds() throws Exception {
    try (Mesh mesh = Mesh.build(Party.SERVER, InterceptionMode.TPROXY);
        ProxyUnderTest proxy =
            start(mesh, InterceptionMode.TPROXY, RunAs.PROXY_NET_ADMIN, List.of())) {
      for (List<String> status : threads(proxy)) {
        assertThat(status).contains("CapEff:\t" + NET_ADMIN, "NoNewPrivs:\t0");
      }
      proxy.stop();
    }
  }

  @Test
  void saysWhatItCannotGiveUp() throws Exception {
    List<String> withoutTheRight =
        List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all,+net_raw", "--");
    try (Mesh mesh = Mesh.build()) {
      mesh.rules(Party.SERVER, InterceptionMode.REDIRECT, "-u", "0");
      try (ProxyUnderTest proxy =
          start(mesh, InterceptionMode.REDIRECT, RunAs.ROOT, withoutTheRight)) {
        assertThat(proxy.said())
            .contains(
                "sluice proxy: keeping capabilities that this mode doesn't need (0x2000): root"
                    + " gives them up only with CAP_SETPCAP; expected a start without them");
        assertServes(mesh);
        proxy.stop();
      }
    }
  }

  @Test
  void staysAsItIsWhereSetprivRefuses() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      Path refusing = mesh.folder().resolve("setpriv");
      Files.writeString(refusing, "#!/bin/sh\necho 'setpriv: unsupported' >&2\nexit 127\n");
      Files.setPosixFilePermissions(refusing, PosixFilePermissions.fromString("rwxr-xr-x"));
      String script = "mount --bind " + refusing + " \"$(command -v setpriv)\" && exec \"$@\"";
      mesh.rules(Party.SERVER, InterceptionMode.REDIRECT, "-u", "0");
      try (ProxyUnderTest proxy =
          start(
              mesh,
              InterceptionMode.REDIRECT,
              RunAs.ROOT,
              List.of("unshare", "--mount", "sh", "-c", script, "sh"))) {
        assertThat(proxy.said())
            .anyMatch(
                line ->
                    line.contains("keeping capabilities")
                        && line.endsWith("giving them up: setpriv: unsupported"));
        assertServes(mesh);
        proxy.stop();
      }
    }
  }

  private static ProxyUnderTest start(
      Mesh mesh, InterceptionMode mode, RunAs rights, List<String> prefix, String... options)
      throws IOException {
    Path log = mesh.folder().resolve("access.log");
    List<String> all = new ArrayList<>(List.of("--access-log", log.toString()));
    all.addAll(List.of(options));
    List<String> words = new ArrayList<>(prefix);
    words.addAll(ProxyUnderTest.command(mesh, mode, all));
    return ProxyUnderTest.start(mesh, Party.SERVER, rights, log, words);
  }

  private static void assertServes(Mesh mesh) throws Exception {
    for (Family family : Family.values()) {
      try (ServerSocketChannel server = mesh.listen(Party.SERVER, family);
          Pair pair =
              Pair.of(
                  mesh.connect(
                      Party.CLIENT,
                      Mesh.address(Party.SERVER, family, server.socket().getLocalPort())),
                  server)) {
        pair.exchange(1000, 1000);
      }
    }
  }

  /** The lines of {@code status} of each thread. */
  private static List<List<String>> threads(ProxyUnderTest proxy) throws IOException {
    List<List<String>> threads = new ArrayList<>();
    try (var folder = Files.list(Path.of("/proc", Long.toString(proxy.pid()), "task"))) {
      for (Path thread : folder.toList()) {
        threads.add(Files.readAllLines(thread.resolve("status")));
      }
    }
    assertThat(threads).hasSizeGreaterThan(5);
    return threads;
  }
}
