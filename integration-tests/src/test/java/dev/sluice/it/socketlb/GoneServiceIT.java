// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.model.TransportProtocol;
import dev.sluice.process.Command;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import dev.sluice.socketlb.ServiceTraffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the connections of a service that isn't there any more, and of its number. */
class GoneServiceIT {
  private static final String GONE = "10.96.0.1";
  private static final String GONE_V6 = "fd96::1";
  private static final String NEXT = "10.96.0.2";

  /**
   * Established when the service goes, and established afterwards only: the service that takes its
   * place has neither.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void countsForNoOtherService(boolean lateAnswer) throws Exception {
    try (Scene scene = Scene.open("gone")) {
      scene.backends(
          List.of("tcp:" + Scene.SERVER_V4 + ":9001:one", "tcp:" + Scene.SERVER_V6 + ":9001:one"));
      scene.apply(
          List.of(
              Sets.of(TransportProtocol.TCP, GONE, 80, 9001),
              Sets.of(TransportProtocol.TCP, GONE_V6, 80, 9001)));
      if (lateAnswer) {
        firewall(scene, "-A");
      }
      List<Child> clients = new ArrayList<>();
      for (String address : List.of(GONE, GONE_V6)) {
        Child client = scene.startClient("held.py", address, "80");
        client.expectLine("begun");
        clients.add(client);
      }
      if (!lateAnswer) {
        proceed(clients, "answered");
      }
      scene.apply(List.of());
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, NEXT, 80, 9001)));
      if (lateAnswer) {
        firewall(scene, "-D");
        proceed(clients, "answered");
      }
      proceed(clients, "closed");
      assertThat(scene.python("print(who('" + NEXT + "', 80))")).isEqualTo("one");
      assertThat(listed(scene).traffic().opened()).isEqualTo(1);
      assertThat(listed(scene).traffic().closed()).isLessThanOrEqualTo(1);
      assertThat(listed(scene).traffic().failed()).isZero();
    }
  }

  /** The ends of its connections make no entry that nothing takes away again. */
  @Test
  void leavesNoEntryWhenItsConnectionsEnd() throws Exception {
    try (Scene scene = Scene.open("ends")) {
      scene.backends(List.of("tcp:" + Scene.SERVER_V4 + ":9001:one"));
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, GONE, 80, 9001)));
      Child client = scene.startClient("held.py", GONE, "80");
      client.expectLine("begun");
      proceed(List.of(client), "answered");
      try (BpfMap traffic = scene.openMap("traffic")) {
        assertThat(traffic.nextKey(null)).isNotNull();
        scene.apply(List.of());
        assertThat(traffic.nextKey(null)).isNull();
        proceed(List.of(client), "closed");
        assertThat(traffic.nextKey(null)).isNull();
      }
    }
  }

  /** A name that comes back is a service like any other: it begins at nothing. */
  @Test
  void beginsAtNothingWhenItComesBack() throws Exception {
    try (Scene scene = Scene.open("back")) {
      scene.backends(List.of("tcp:" + Scene.SERVER_V4 + ":9001:one"));
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, GONE, 80, 9001)));
      assertThat(scene.python("print(who('" + GONE + "', 80))")).isEqualTo("one");
      scene.apply(List.of());
      scene.apply(List.of(Sets.of(TransportProtocol.TCP, GONE, 80, 9001)));
      assertThat(listed(scene).traffic()).isEqualTo(ServiceTraffic.NONE);
    }
  }

  private static void proceed(List<Child> clients, String answer) throws IOException {
    for (Child client : clients) {
      client.writeLine("");
      client.expectLine(answer);
    }
  }

  private static void firewall(Scene scene, String change) throws IOException {
    for (String iptables : List.of("iptables", "ip6tables")) {
      Command.of(iptables, change, "INPUT", "-p", "tcp", "--dport", "9001", "-j", "DROP")
          .inNetworkNamespace(scene.serverNamespace())
          .runOrThrow();
    }
  }

  private static ListedSet listed(Scene scene) throws IOException {
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      assertThat(installed.list()).hasSize(1);
      return installed.list().getFirst();
    }
  }
}
