// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.doctor.Facts;
import dev.sluice.doctor.Fault;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Mode;
import dev.sluice.doctor.Sight;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules, routes, settings and proxies that are wrong. */
final class RulesDoctorIT {
  private final Patient pod = Patient.admit();

  RulesDoctorIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    pod.close();
  }

  private void healthy(String mode) throws IOException {
    pod.init("-m", mode);
    pod.startProxy(mode);
    assertThat(pod.examine()).isEmpty();
  }

  @Test
  void findsNothingWhereNothingIs() throws IOException {
    assertThat(pod.examine()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT,''",
    "TPROXY,''",
    "REDIRECT,--native-nftables",
    "TPROXY,--force-iptables-binary legacy",
    "REDIRECT,-b 80 -i 10.0.0.0/8 -x 10.9.0.0/16 -o 22 -q 443 --ipv6=off"
  })
  void findsNothingWrongWithWhatWorks(String mode, String further) throws IOException {
    pod.init("-m", mode, further);
    pod.startProxy(mode);

    assertThat(pod.examine()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIRECT", "TPROXY"})
  void provesWhatAProxySees(String mode) throws IOException {
    pod.init("-m", mode, "--outbound-interception-mode", mode);
    pod.start(
        "nsenter --net=%s -- setpriv --reuid 1337 --regid 1337 --clear-groups --inh-caps +net_admin --ambient-caps +net_admin sluice proxy --interception-mode %s --outbound-interception-mode %s"
            .formatted(pod.namespace(), mode, mode),
        "listening");

    List<Sight> seen = Facts.gather(pod.subject()).proof();
    assertThat(seen).as("%s", seen).hasSize(2).allMatch(Sight::isRight);
    assertThat(seen).allMatch(Sight::promised);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void putsRulesBackInOrder(String program) throws IOException {
    healthy("REDIRECT");
    pod.inside(program + " -t nat -D SLUICE_OUTPUT -m owner --uid-owner 1337 -j RETURN");
    pod.inside(program + " -t nat -A SLUICE_OUTPUT -m owner --uid-owner 1337 -j RETURN");

    pod.isCuredBy(pod.fixOf(Fault.RULES_OUT_OF_ORDER));
  }

  @Test
  void putsRulesOfNftablesBackInOrder() throws IOException {
    pod.init("-m", "TPROXY", "--native-nftables", "-d", "8080,9090", "-b", "'*'");
    pod.startProxy("TPROXY");
    assertThat(pod.examine()).isEmpty();
    String handle =
        pod.inside(
                "nft -a list chain ip sluice_mangle SLUICE_INBOUND | grep -o 'saddr 127.0.0.6.*#"
                    + " handle [0-9]*' | grep -o '[0-9]*$'")
            .strip();
    pod.inside(
        "nft 'delete rule ip sluice_mangle SLUICE_INBOUND handle "
            + handle
            + "; add rule ip sluice_mangle SLUICE_INBOUND iifname lo ip saddr 127.0.0.6/32 meta"
            + " l4proto tcp counter return'");

    pod.isCuredBy(pod.fixOf(Fault.RULES_OUT_OF_ORDER));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "iptables -t nat -D SLUICE_REDIRECT 1",
        "ip6tables -t nat -D OUTPUT 1",
        "iptables -t nat -I SLUICE_OUTPUT -p tcp --sport 99 -j RETURN"
      })
  void noticesRulesThatAreNotOurs(String change) throws IOException {
    healthy("REDIRECT");
    pod.inside(change);

    pod.isCuredBy(pod.fixOf(Fault.RULES_CHANGED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip rule del pref 13370",
        "ip -6 route del local default table 133",
        "ip -6 addr del ::6/128 dev lo"
      })
  void putsTheRoutesOfTproxyBack(String change) throws IOException {
    healthy("TPROXY");
    pod.inside(change);

    pod.isCuredBy(pod.fixOf(Fault.ROUTING_MISSING));
  }

  @Test
  void noticesRulesOfTwoBackends() throws IOException {
    healthy("REDIRECT");
    String legacy = pod.inside("iptables-nft-save -t nat");
    pod.inside("iptables-legacy-restore <<'END'\n" + legacy + "END\n");

    pod.isCuredBy(pod.fixOf(Fault.RULES_TWICE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void removesWhatTakesEverythingFirst(String program) throws IOException {
    healthy("REDIRECT");
    pod.inside(program + " -t nat -I OUTPUT -p tcp -j ACCEPT");

    pod.isCuredBy(pod.fixOf(Fault.RULES_PRECEDED));
  }

  @ParameterizedTest
  @CsvSource({"ISTIO_OUTPUT,Istio", "PROXY_INIT_OUTPUT,Linkerd", "KUMA_MESH_OUTBOUND,Kuma"})
  void namesAnotherMesh(String chain, String mesh) throws IOException {
    healthy("REDIRECT");
    pod.inside("iptables -t nat -N " + chain + " && iptables -t nat -A OUTPUT -p tcp -j " + chain);

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.OTHER_MESH);
    assertThat(found.getFirst().what()).contains("rules of " + mesh).contains(chain);
    pod.isCuredBy(Patient.commandOf(found.getFirst()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIRECT", "TPROXY"})
  void startsADeadProxy(String mode) throws IOException {
    pod.init("-m", mode);
    Process proxy = pod.startProxy(mode);
    assertThat(pod.examine()).isEmpty();
    Patient.end(proxy);

    pod.isCuredBy(pod.fixOf(Fault.PROXY_DEAD));
  }

  @Test
  void noticesAListenerOfOneFamily() throws IOException {
    pod.init();
    pod.start(
        "exec nsenter --net="
            + pod.namespace()
            + " -- setpriv --reuid 1337 --regid 1337 --clear-groups /usr/bin/python3 -u -c '\n"
            + "import socket, time\n"
            + "held = [socket.create_server((\"0.0.0.0\", port)) for port in (15001, 15006)]\n"
            + "print(\"ready\")\n"
            + "time.sleep(600)'",
        "ready");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.ONE_FAMILY);
    assertThat(found.getFirst().what()).contains("15001 for IPv6, 15006 for IPv6");
    pod.isCuredBy(Patient.commandOf(found.getFirst()));
  }

  @Test
  void takesAListenerOfBothFamiliesForWhatItIs() throws IOException {
    pod.init();
    pod.start(
        "exec nsenter --net="
            + pod.namespace()
            + " -- setpriv --reuid 1337 --regid 1337 --clear-groups /usr/bin/python3 -u -c '\n"
            + "import socket, time\n"
            + "held = [socket.create_server((\"::\", port), family=socket.AF_INET6,"
            + " dualstack_ipv6=True) for port in (15001, 15006)]\n"
            + "print(\"ready\")\n"
            + "time.sleep(600)'",
        "ready");

    assertThat(pod.examine()).isEmpty();
  }

  @Test
  void noticesAProxyWhoseConnectionsComeBack() throws IOException {
    pod.init();
    pod.start(
        "exec nsenter --net="
            + pod.namespace()
            + " -- setpriv --reuid 2000 --regid 2000 --clear-groups sluice proxy",
        "listening");

    pod.isCuredBy(pod.fixOf(Fault.PROXY_NOT_EXEMPT));
  }

  @Test
  void noticesThatNothingSteersToAProxy() throws IOException {
    pod.startProxy("TPROXY");

    pod.isCuredBy(pod.fixOf(Fault.RULES_MISSING, Mode.TPROXY), Mode.TPROXY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.ipv4.conf.all.src_valid_mark",
        "net.ipv4.tcp_fwmark_accept",
        "net.ipv4.ip_nonlocal_bind"
      })
  void resetsASettingThatBreaksTproxy(String setting) throws IOException {
    healthy("TPROXY");
    pod.inside("sysctl -w " + setting + "=1");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.SETTING);
    assertThat(found.getFirst().what()).startsWith(setting);
    pod.isCuredBy(Patient.commandOf(found.getFirst()));
  }

  @Test
  void setsLoopbackUp() throws IOException {
    healthy("REDIRECT");
    pod.inside("ip link set lo down");

    assertThat(pod.examine()).extracting(Finding::fault).startsWith(Fault.LOOPBACK_DOWN);
    pod.shell(Patient.commandOf(pod.examine().getFirst()));
    assertThat(pod.examine()).extracting(Finding::fault).doesNotContain(Fault.LOOPBACK_DOWN);
  }

  @Test
  void namesTwoFaultsAtOnce() throws IOException {
    pod.init("-m", "TPROXY");
    pod.inside("ip rule del pref 13370");

    List<Finding> found = pod.examine();
    assertThat(found)
        .extracting(Finding::fault)
        .containsExactly(Fault.ROUTING_MISSING, Fault.PROXY_DEAD);
    pod.shell(Patient.commandOf(found.getFirst()));
    pod.isCuredBy(Patient.commandOf(found.getLast()));
  }
}
