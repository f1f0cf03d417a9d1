// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The units of {@code docs/systemd.md}, on a machine that a real systemd has booted, with every
 * command of that page: from its first section to its last, what happens to a machine in between.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SystemdIT {
  private static final String BOTH = "sluice-lb.service sluice-node.service";

  /** By service, in both families, from the machine: balanced at connect. */
  private static final String BY_SERVICE = "dial 10.96.0.1 80; dial fd96::1 80";

  /** From one pod to the other, in both families: by the node's proxy, twice. */
  private static final String BY_POD =
      "ip netns exec pod-2 dial 10.88.1.2 8080; ip netns exec pod-2 dial fd00:88:1::2 8080";

  private static final String ANSWERED = "hello\nhello\n";
  private static final String REFUSED = "ECONNREFUSED\nECONNREFUSED\n";
  private static final String NOWHERE = "ENETUNREACH\nENETUNREACH\n";

  /** Connections that the node's proxy has accepted since it started. */
  private static final String ACCEPTED =
      "curl -sf http://127.0.0.1:15020/stats/prometheus | sed -n"
          + " 's/^sluice_connections_accepted_total //p'";

  /** See capabilities(7) and linux/capability.h. */
  private static final Map<String, Integer> CAPABILITIES =
      Map.of(
          "CAP_NET_ADMIN", 12,
          "CAP_NET_RAW", 13,
          "CAP_SYS_PTRACE", 19,
          "CAP_SYS_ADMIN", 21,
          "CAP_PERFMON", 38,
          "CAP_BPF", 39);

  private final Machine machine;

  SystemdIT() throws IOException {
    machine = Machine.boot();
  }

  @BeforeAll
  void install() throws IOException {
    Scene.prepare(machine);
    machine.run(commands(""));
    assertThat(machine.run(commands("What a unit may do"))).contains("/      shared");
  }

  @AfterAll
  void shutDown() throws IOException {
    machine.close();
  }

  @Test
  @Order(1)
  void isActiveOnceServicesAreInForce() throws IOException {
    assertThat(machine.run(BY_SERVICE)).isEqualTo(NOWHERE);
    String said = machine.run(commands("Services") + BY_SERVICE);
    assertThat(said)
        .contains("shop/web:80/TCP/IPv4  10.96.0.1:80/TCP")
        .containsSubsequence("2 sets of backends in force", "Started sluice-lb.service")
        .endsWith(ANSWERED);
    assertThat(shown("sluice-lb.service", "ActiveState", "Type", "StatusErrno"))
        .containsExactly("active", "notify", "0");
  }

  @Test
  @Order(2)
  void isActiveOncePodsAreServed() throws IOException {
    String said = machine.run(commands("Pods").split("groupadd", -1)[0] + BY_POD);
    assertThat(said)
        .contains("pod netns:pod-1: served in net:[", "pod netns:pod-2: served in net:[")
        .containsSubsequence("sluice node: serving, ", "Started sluice-node.service")
        .endsWith(ANSWERED);
    // One goes out of the second pod and into the first.
    assertThat(machine.run(ACCEPTED)).isEqualTo("4\n");
    assertThat(shown("sluice-node.service", "ActiveState", "Type"))
        .containsExactly("active", "notify");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sluice-lb.service", "sluice-node.service"})
  @Order(3)
  void holdsWhatItListsAndNoMore(String unit) throws IOException {
    String text = Files.readString(Path.of(Checkout.script("systemd/" + unit)));
    long listed =
        Arrays.stream(setting(text, "CapabilityBoundingSet").split(" ", -1))
            .mapToLong(name -> 1L << Objects.requireNonNull(CAPABILITIES.get(name), name))
            .reduce(0, (a, b) -> a | b);
    String held = "%016x".formatted(listed);
    String none = "%016x".formatted(0);
    String status = machine.run("cat /proc/" + shown(unit, "MainPID").getFirst() + "/status");
    assertThat(status.lines().map(line -> line.replaceAll("\\s+", " ")))
        .contains(
            "Uid: 0 0 0 0",
            "CapBnd: " + held,
            "CapPrm: " + held,
            "CapEff: " + held,
            "CapInh: " + none,
            "CapAmb: " + none,
            "NoNewPrivs: 1",
            "Seccomp: 2",
            "Umask: 0077");

    machine.write(
        "/run/systemd/system/probe.service",
        text.replaceAll("(?m)^(Type|NotifyAccess|Restart|EnvironmentFile|RuntimeDirectoryP).*$", "")
            .replaceAll(
                "(?m)^ExecStart=.*$",
                "Type=oneshot\nExecStart=/usr/bin/python3 /usr/local/lib/probe.py"));
    machine.run("systemctl daemon-reload; systemctl start probe.service");
    boolean node = unit.startsWith("sluice-node");
    assertThat(
            machine
                .run(
                    "journalctl -o cat -u probe.service; journalctl --rotate --vacuum-time=1us"
                        + " 2>/dev/null")
                .lines())
        .contains(
            "/etc EROFS",
            "/usr EROFS",
            "/var/lib EROFS",
            "/opt/sluice EROFS",
            "/sys/fs/cgroup EROFS",
            node ? "/run done" : "/run EROFS",
            node ? "/run/sluice done" : "/run/sluice EROFS",
            node ? "/var/log/sluice done" : "/var/log/sluice EROFS",
            "/home EACCES",
            "network namespace done",
            "user namespace EPERM",
            "mount namespace EPERM",
            "packet socket EAFNOSUPPORT",
            "clock EPERM",
            "module EPERM",
            "set-user-id EPERM",
            "real time EPERM",
            "personality EPERM");
  }

  @Test
  @Order(4)
  void givesTheSocketToAGroup() throws IOException {
    String ask =
        "setpriv --reuid 1000 --regid %s --clear-groups curl -sf --unix-socket"
            + " /run/sluice/*/admin.sock http://localhost/stats";
    assertThat(machine.tryRun(ask.formatted("1000")).succeeded()).isFalse();
    machine.run("groupadd" + commands("Pods").split("groupadd", -1)[1]);
    assertThat(machine.run("stat -c '%a %U %G' /run/sluice /run/sluice/* /run/sluice/*/admin.sock"))
        .isEqualTo("755 root root\n755 root root\n660 root sluice\n");
    assertThat(machine.tryRun(ask.formatted("1000")).succeeded()).isFalse();
    assertThat(machine.run(ask.formatted("$(getent group sluice | cut -d: -f3)")))
        .contains("sluice_connections_accepted_total");
    assertThat(machine.run(BY_POD)).isEqualTo(ANSWERED);
    assertThat(machine.run("cat /var/log/sluice/access.log")).contains("pod=netns:pod-2 ");
  }

  @Test
  @Order(5)
  void keepsServicesInForceThroughARestart() throws IOException {
    String said =
        machine.run(
            "hold & holding=$!; until [[ -e /run/held ]]; do sleep 0.02; done; "
                + commands("Upgrade")
                + "touch /run/enough; wait $holding;"
                + BY_POD);
    assertThat(said).isEqualTo("held True\n" + ANSWERED);
    assertThat(machine.run(ACCEPTED)).isEqualTo("4\n");
  }

  @Test
  @Order(6)
  void isStartedAgainWhenItIsKilled() throws IOException {
    String bothAre = "systemctl is-active " + BOTH;
    String said =
        machine.run(
            """
            for unit in %s; do
              mkdir -p /run/systemd/system/$unit.d
              printf '[Service]\nRestartSec=4\n' >/run/systemd/system/$unit.d/slow.conf
            done
            systemctl daemon-reload
            systemctl kill -s KILL %s
            while [[ $(systemctl show -P MainPID %s) == *[1-9]* ]]; do :; done
            """
                    .formatted(BOTH, BOTH, BOTH)
                + BY_SERVICE
                + "\n"
                + BY_POD
                + "\n"
                + bothAre
                + " || true; until [[ $("
                + bothAre
                + " | sort -u) == active ]]; do sleep 0.05; done\n"
                + BY_SERVICE
                + "\n"
                + BY_POD
                + "\nrm /run/systemd/system/*.d/slow.conf; systemctl daemon-reload");
    assertThat(said)
        .isEqualTo(ANSWERED + REFUSED + "activating\nactivating\n" + ANSWERED + ANSWERED);
    assertThat(shown(BOTH, "NRestarts")).containsExactly("1", "1");
  }

  @Test
  @Order(7)
  void isNotStartedAgainWithAnOptionThatIsWrong() throws IOException {
    machine.run(
        "cp /etc/sluice/node.env /root/; echo SLUICE_SCAN_INTERVAL=soon >>/etc/sluice/node.env");
    assertThat(machine.tryRun("systemctl restart sluice-node.service").errors())
        .contains("Job for sluice-node.service failed");
    assertThat(shown("sluice-node.service", "ActiveState", "ExecMainStatus", "NRestarts"))
        .containsExactly("failed", "2", "0");
    assertThat(machine.run("journalctl -o cat -u sluice-node.service"))
        .contains("option '--scan-interval': 'soon' is no duration");
    machine.run("mv /root/node.env /etc/sluice/");
  }

  @Test
  @Order(8)
  void isRestoredByABoot() throws IOException {
    machine.reboot();
    assertThat(machine.run("systemctl is-active " + BOTH)).isEqualTo("active\nactive\n");
    assertThat(shown(BOTH, "NRestarts")).containsExactly("0", "0");
    String said =
        machine.run(
            Scene.PODS
                + BY_SERVICE
                + "; for pod in 1 2; do until journalctl -u sluice-node.service | grep -q"
                + " \"pod-$pod: served\"; do sleep 0.02; done; done; "
                + BY_POD);
    assertThat(said).isEqualTo(ANSWERED + ANSWERED);
    assertThat(machine.run(ACCEPTED)).isEqualTo("4\n");
  }

  @Test
  @Order(9)
  void leavesWhatItsPageSaysAndThenNothing() throws IOException {
    String[] uninstall = commands("Uninstall").split("(?=sluice uninstall)", -1);
    String state =
        "find /run/sluice /sys/fs/bpf -mindepth 1; ip netns exec pod-1 nft list ruleset;"
            + " ip netns exec pod-1 ss -Hltn";
    assertThat(machine.run(uninstall[0] + BY_SERVICE + "\n" + BY_POD))
        .isEqualTo(ANSWERED + REFUSED);
    assertThat(machine.run(state))
        .contains("/sys/fs/bpf/sluice/", "15006")
        .doesNotContain("/run/sluice/", "LISTEN 0 4096 *:15006");

    machine.run(uninstall[1]);
    assertThat(machine.run(BY_SERVICE + "\n" + BY_POD)).isEqualTo(NOWHERE + ANSWERED);
    assertThat(machine.run(state)).doesNotContain("sluice", "150");
    assertThat(
            machine.run(
                "systemctl list-unit-files -q 'sluice-*' || true; ls -d /etc/sluice /var/log/sluice"
                    + " /usr/local/bin/sluice 2>/dev/null || true"))
        .isEmpty();
  }

  /** What a unit, or each of several, has of each property. */
  private List<String> shown(String units, String... properties) throws IOException {
    List<String> values = new ArrayList<>();
    for (String property : properties) {
      machine
          .run("systemctl show -P " + property + " " + units)
          .lines()
          .filter(line -> !line.isEmpty())
          .forEach(values::add);
    }
    return values;
  }

  private static String setting(String unit, String name) {
    return unit.lines()
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  /** What stands in the blocks of shell of a section of the page. */
  private static String commands(String section) throws IOException {
    StringBuilder commands = new StringBuilder();
    String at = "";
    boolean within = false;
    for (String line : Files.readAllLines(Checkout.home().resolve("docs/systemd.md"))) {
      if (line.startsWith("```")) {
        assertThat(line).isEqualTo(within ? "```" : "```sh");
        within = !within;
      } else if (!within && line.startsWith("## ")) {
        at = line.substring(3);
      } else if (within && at.equals(section)) {
        commands.append(line).append('\n');
      }
    }
    assertThat(commands).as(section).isNotEmpty();
    return commands.toString();
  }
}
