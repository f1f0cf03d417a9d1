// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.doctor.Facts;
import dev.sluice.doctor.Fault;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Sight;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxies that are dead, half there, run as the wrong user, or get nothing. */
final class ProxyDoctorIT {
  private static final Ward WARD = new Ward();

  @AfterEach
  void close() throws IOException {
    WARD.closeOpen();
  }

  @AfterAll
  static void closeWard() throws IOException {
    WARD.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIRECT", "TPROXY"})
  void provesWhatAProxySees(String mode) throws IOException {
    Patient pod = WARD.empty();
    pod.init("-m", mode, "--outbound-interception-mode", mode);
    pod.start(
        "nsenter --net=%s -- setpriv --reuid 1337 --regid 1337 --clear-groups --inh-caps +net_admin --ambient-caps +net_admin sluice proxy --interception-mode %s --outbound-interception-mode %s"
            .formatted(pod.namespace(), mode, mode),
        "listening");

    List<Sight> seen = Facts.gather(pod.subject(), Patient::abilities).proof();
    assertThat(seen).as("%s", seen).hasSize(2).allMatch(Sight::isRight);
    assertThat(seen).allMatch(Sight::promised);
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIRECT", "TPROXY"})
  void startsADeadProxy(String mode) throws IOException {
    Patient pod = WARD.healthy(mode);
    pod.endAll();

    WARD.cured(pod, mode, pod.fixOf(Fault.PROXY_DEAD));
  }

  /** In a container whose seccomp filter knows no IPv6. */
  @Test
  void startsAProxyOfOneFamilyAgainWithItsOptions() throws IOException {
    Patient pod = WARD.withoutProxy();
    // Linux: Documentation/userspace-api/seccomp_filter.rst; socket(2) is 41 on x86-64, 198 on
    // arm64, AF_INET6 is 10, EAFNOSUPPORT is 97.
    String filter =
        "import ctypes, os, struct, sys; libc = ctypes.CDLL(None);"
            + " number = {\"x86_64\": 41, \"aarch64\": 198}[os.uname().machine];"
            + " code = struct.pack(\"HBBI\" * 6, 0x20, 0, 0, 0, 0x15, 0, 3, number,"
            + " 0x20, 0, 0, 16, 0x15, 0, 1, 10, 0x06, 0, 0, 0x00050061, 0x06, 0, 0, 0x7fff0000);"
            + " held = ctypes.create_string_buffer(code);"
            + " program = struct.pack(\"HxxxxxxP\", 6, ctypes.addressof(held));"
            + " libc.prctl(22, 2, program, 0, 0) and sys.exit(\"no filter\");"
            + " os.execvp(sys.argv[1], sys.argv[1:])";
    pod.start(
        "export SLUICE_IDLE_TIMEOUT=7m; exec /usr/bin/python3 -c '"
            + filter
            + "' nsenter --net="
            + pod.namespace()
            + " -- setpriv --reuid 1337 --regid 1337 --clear-groups sluice proxy"
            + " --max-connections 77",
        "listening");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.ONE_FAMILY);
    assertThat(found.getFirst().what()).contains("15001 for IPv6, 15006 for IPv6");
    String fix = Patient.commandOf(found.getFirst());
    assertThat(fix).contains("SLUICE_IDLE_TIMEOUT=7m").contains("--max-connections 77");
    pod.isCuredBy(fix);
    WARD.keepRules(pod);
  }

  @Test
  void endsNobodyElsesProxy() throws IOException {
    Patient pod = WARD.withoutProxy();
    pod.start(listeners(pod, "1337", "0.0.0.0", ""), "ready");

    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.ONE_FAMILY);
    assertThat(found.getFirst().fix())
        .isInstanceOfSatisfying(
            Finding.Fix.Ask.class,
            ask -> assertThat(ask.text()).contains("python3), which isn't Sluice's"));
    WARD.keepRules(pod);
  }

  /** A line that listens where a proxy does. */
  private static String listeners(Patient pod, String user, String address, String how) {
    return "exec nsenter --net="
        + pod.namespace()
        + " -- setpriv --reuid %s --regid %s --clear-groups /usr/bin/python3 -u -c '\n"
            .formatted(user, user)
        + "import socket, time\n"
        + "held = [socket.create_server((\"%s\", port)%s) for port in (15001, 15006)]\n"
            .formatted(address, how)
        + "print(\"ready\")\n"
        + "time.sleep(600)'";
  }

  @Test
  void takesAListenerOfBothFamiliesForWhatItIs() throws IOException {
    Patient pod = WARD.withoutProxy();
    pod.start(
        listeners(pod, "1337", "::", ", family=socket.AF_INET6, dualstack_ipv6=True"), "ready");

    assertThat(pod.examine()).isEmpty();
    WARD.keepRules(pod);
  }

  /** A line of root's, which may be run again by root, and one that anybody may have written. */
  @Test
  void noticesAProxyWhoseConnectionsComeBack() throws IOException {
    Patient pod = WARD.withoutProxy();
    Process anybodys =
        pod.start(
            "exec nsenter --net="
                + pod.namespace()
                + " -- setpriv --reuid 2000 --regid 2000 --clear-groups sluice proxy",
            "listening");
    List<Finding> found = pod.examine();
    assertThat(found).extracting(Finding::fault).containsExactly(Fault.PROXY_NOT_EXEMPT);
    assertThat(found.getFirst().fix())
        .isInstanceOfSatisfying(
            Finding.Fix.Ask.class,
            ask -> assertThat(ask.text()).contains("by a line that user 2000 has chosen"));
    Patient.end(anybodys);
    pod.start(
        "exec nsenter --net=" + pod.namespace() + " -- sluice proxy --max-connections 77",
        "listening");

    String fix = pod.fixOf(Fault.PROXY_NOT_EXEMPT);
    assertThat(fix).contains("--max-connections 77");
    pod.isCuredBy(fix);
    WARD.keepRules(pod);
  }

  /** The proxy says itself which rules it is for. */
  @Test
  void noticesThatNothingSteersToAProxy() throws IOException {
    Patient pod = WARD.empty();
    pod.startProxy("TPROXY");

    String fix = pod.fixOf(Fault.RULES_MISSING);
    assertThat(fix).contains("-m TPROXY");
    pod.isCuredBy(fix);
  }

  @Test
  void knowsWhoElseSteersToAProxyOrThatNobodyShould() throws IOException {
    Patient pod = WARD.empty();
    Process proxy = pod.start(listeners(pod, "1337", "0.0.0.0", ""), "ready");
    assertThat(pod.examine()).extracting(Finding::fault).containsExactly(Fault.RULES_MISSING);
    pod.inside("nft add table inet istio-proxy-nat");
    assertThat(pod.examine()).isEmpty();

    pod.inside("nft delete table inet istio-proxy-nat");
    Patient.end(proxy);
    pod.start(
        "export ISTIO_META_INTERCEPTION_MODE=NONE; " + listeners(pod, "1337", "0.0.0.0", ""),
        "ready");
    assertThat(pod.examine()).isEmpty();
  }
}
