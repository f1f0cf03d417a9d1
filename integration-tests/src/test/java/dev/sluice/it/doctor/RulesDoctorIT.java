// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.doctor.Fault;
import dev.sluice.doctor.Finding;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules, routes and settings that are wrong. */
final class RulesDoctorIT {
  private static final Ward WARD = new Ward();

  @AfterEach
  void close() throws IOException {
    WARD.closeOpen();
  }

  @AfterAll
  static void closeWard() throws IOException {
    WARD.close();
  }

  @Test
  void findsNothingWhereNothingIs() throws IOException {
    assertThat(WARD.empty().examine()).isEmpty();
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
    Patient pod = WARD.healthy(mode);
    if (!further.isEmpty()) {
      pod.init("-m", mode, further);
    }

    assertThat(pod.examine()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void putsRulesBackInOrder(String program) throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside(program + " -t nat -D SLUICE_OUTPUT -m owner --uid-owner 1337 -j RETURN");
    pod.inside(program + " -t nat -A SLUICE_OUTPUT -m owner --uid-owner 1337 -j RETURN");

    WARD.cured(pod, "REDIRECT", pod.fixOf(Fault.RULES_OUT_OF_ORDER));
  }

  @Test
  void putsRulesOfNftablesBackInOrder() throws IOException {
    Patient pod = WARD.empty();
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
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside(change);

    WARD.cured(pod, "REDIRECT", pod.fixOf(Fault.RULES_CHANGED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ip rule del pref 13370",
        "ip -6 route del local default table 133",
        "ip -6 addr del ::6/128 dev lo"
      })
  void putsTheRoutesOfTproxyBack(String change) throws IOException {
    Patient pod = WARD.healthy("TPROXY");
    pod.inside(change);

    WARD.cured(pod, "TPROXY", pod.fixOf(Fault.ROUTING_MISSING));
  }

  @Test
  void noticesRulesOfTwoBackends() throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    String legacy = pod.inside("iptables-nft-save -t nat");
    pod.inside("iptables-legacy-restore <<'END'\n" + legacy + "END\n");

    WARD.cured(pod, "REDIRECT", pod.fixOf(Fault.RULES_TWICE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void removesWhatTakesEverythingFirst(String program) throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside(program + " -t nat -I OUTPUT -p tcp -j ACCEPT");

    WARD.cured(pod, "REDIRECT", pod.fixOf(Fault.RULES_PRECEDED));
  }

  @ParameterizedTest
  @CsvSource({"ISTIO_OUTPUT,Istio", "PROXY_INIT_OUTPUT,Linkerd", "KUMA_MESH_OUTBOUND,Kuma"})
  void namesAnotherMesh(String chain, String mesh) throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside("iptables -t nat -N " + chain + " && iptables -t nat -A OUTPUT -p tcp -j " + chain);

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.OTHER_MESH);
    assertThat(found.getFirst().what()).contains("rules of " + mesh).contains(chain);
    WARD.cured(pod, "REDIRECT", Patient.commandOf(found.getFirst()));
  }

  @Test
  void removesIstiosTablesOfNftables() throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside(
        "nft 'table inet istio-proxy-nat { chain output { type nat hook output priority -100; };"
            + " }; table inet istio-proxy-mangle { }; table inet istio-other { }'");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.OTHER_MESH);
    assertThat(found.getFirst().what())
        .contains("Istio", "nft: inet istio-proxy-nat, inet istio-proxy-mangle)");
    WARD.cured(pod, "REDIRECT", Patient.commandOf(found.getFirst()));
    assertThat(pod.inside("nft list tables")).contains("istio-other").doesNotContain("istio-proxy");
    pod.inside("nft delete table inet istio-other");
  }

  @Test
  void leavesIpv6OutWhereItWasLeftOut() throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.init("-m", "REDIRECT", "--ipv6=off");
    pod.inside("ip6tables-nft-save | grep -q SLUICE && exit 1 || true");
    pod.inside("iptables -t nat -D SLUICE_REDIRECT 1");

    pod.isCuredBy(pod.fixOf(Fault.RULES_CHANGED));
    assertThat(pod.inside("ip6tables-nft-save")).doesNotContain("SLUICE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.ipv4.conf.all.src_valid_mark",
        "net.ipv4.tcp_fwmark_accept",
        "net.ipv4.ip_nonlocal_bind"
      })
  void resetsASettingThatBreaksTproxy(String setting) throws IOException {
    Patient pod = WARD.healthy("TPROXY");
    pod.inside("sysctl -w " + setting + "=1");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.SETTING);
    assertThat(found.getFirst().what()).startsWith(setting);
    WARD.cured(pod, "TPROXY", Patient.commandOf(found.getFirst()));
  }

  @Test
  void setsLoopbackUp() throws IOException {
    Patient pod = WARD.healthy("REDIRECT");
    pod.inside("ip link set lo down");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).startsWith(Fault.LOOPBACK_DOWN);
    pod.shell(Patient.commandOf(found.getFirst()));
    assertThat(pod.examine()).extracting(Finding::fault).doesNotContain(Fault.LOOPBACK_DOWN);
  }

  @Test
  void namesTwoFaultsAtOnce() throws IOException {
    Patient pod = WARD.healthy("TPROXY");
    pod.endAll();
    pod.inside("ip rule del pref 13370");

    List<Finding> found = pod.examine();
    assertThat(found)
        .extracting(Finding::fault)
        .containsExactly(Fault.ROUTING_MISSING, Fault.PROXY_DEAD);
    pod.shell(Patient.commandOf(found.getFirst()));
    WARD.cured(pod, "TPROXY", Patient.commandOf(found.getLast()));
  }
}
