// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.MapBatch;
import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.FeatureStatus;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One unconnected UDP socket and many services: 10.96.1.N and fd96::N, backend at 9000 + N. */
class DatagramIT {
  private static final int SERVICES = 130;

  /** Sends to {@code count} services; they answer when all have been asked, the last one first. */
  private static final String EXCHANGE =
      """
      import json, socket, sys
      family, format, count = %s
      s = socket.socket(family, socket.SOCK_DGRAM)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
      s.settimeout(5)
      for n in range(1, count + 1):
          s.sendto(b"hold:%%d:%%d" %% (count, n), (format %% n, 80))
      wrong = []
      order = []
      for _ in range(count):
          data, source = s.recvfrom(4096)
          n = int(json.loads(data)["data"].split(":")[2])
          order.append(n)
          if source[:2] != (format %% n, 80):
              wrong.append((n, source[0], source[1]))
      print("in order" if order == sorted(order) else "in another order", sorted(wrong))
      """;

  @Test
  void namesTheServiceOfEachOf64RepliesThatComeInAnotherOrder() throws IOException {
    try (Scene scene = open("64")) {
      for (String form : FORMS) {
        assertThat(scene.python(EXCHANGE.formatted(form + ", 64")))
            .as(form)
            .isEqualTo("in another order []");
      }
      assertThat(entries(scene, "replies")).as("replies, after the sockets were closed").isZero();
    }
  }

  /** The bound that docs/socket-lb.md states: the last 128 backends of a socket are known. */
  @Test
  void showsTheBackendItselfBeyond128OfOneSocket() throws IOException {
    try (Scene scene = open("bound")) {
      assertThat(scene.python(EXCHANGE.formatted(FORMS.getFirst() + ", 128")))
          .isEqualTo("in another order []");
      assertThat(scene.python(EXCHANGE.formatted(FORMS.getFirst() + ", 130")))
          .isEqualTo("in another order [(1, '10.55.0.11', 9001), (2, '10.55.0.11', 9002)]");
      assertThat(FeatureStatus.of(InstalledFeature.all(scene.bpfFileSystem()).getFirst()).detail())
          .hasValue("scope all, backends forgotten by UDP sockets with more than 128: 2");
      assertThat(entries(scene, "replies")).as("replies, after the sockets were closed").isZero();
    }
  }

  /** As if that many other sockets had sent to as many backends each. */
  @Test
  void refusesADatagramWhoseReplyCouldNotBeNamed() throws IOException {
    try (Scene scene = open("full");
        BpfMap replies = scene.openMap("replies")) {
      List<MapEntry> others = new ArrayList<>();
      byte[] origin = new byte[replies.shape().valueBytes()];
      for (int i = 0; i < replies.shape().maxEntries(); i++) {
        byte[] key = new byte[replies.shape().keyBytes()];
        ByteBuffer.wrap(key).putInt(i).putInt(-1);
        others.add(MapEntry.of(key, origin));
      }
      MapBatch.of(replies).putAll(others);
      assertThat(scene.python(SENDS)).isEqualTo("ENOMEM ENOMEM ENOMEM");
      assertThat(scene.python("print(udp('10.96.1.1', 80), udp('fd96::1', 80))"))
          .as("connected sockets need no room there")
          .isEqualTo("1 1");
      try (InstalledLoadBalancer installed =
          InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
        assertThat(installed.list().stream().mapToLong(set -> set.refused()).sum()).isEqualTo(3);
      }

      MapBatch.of(replies).deleteAll(others.stream().map(MapEntry::key).toList());
      assertThat(scene.python(SENDS)).isEqualTo("1 1 1");
    }
  }

  private static final String SENDS =
      """
      def sends(host):
          with made(host, socket.SOCK_DGRAM) as s:
              try:
                  s.sendto(b"hello", (host, 80))
                  return json.loads(s.recv(4096))["backend"]
              except OSError as e:
                  return name(e)
      print(sends('10.96.1.1'), sends('::ffff:10.96.1.1'), sends('fd96::1'))
      """;

  private static final List<String> FORMS =
      List.of(
          "socket.AF_INET, '10.96.1.%d'",
          "socket.AF_INET6, 'fd96::%d'", "socket.AF_INET6, '::ffff:10.96.1.%d'");

  private static Scene open(String name) throws IOException {
    Scene scene = Scene.open(name);
    try {
      List<String> backends = new ArrayList<>();
      List<BackendSet> sets = new ArrayList<>();
      for (int n = 1; n <= SERVICES; n++) {
        backends.add("udp:" + Scene.SERVER_V4 + ":" + (9000 + n) + ":" + n);
        backends.add("udp:" + Scene.SERVER_V6 + ":" + (9000 + n) + ":" + n);
        sets.add(Sets.of(TransportProtocol.UDP, "10.96.1." + n, 80, 9000 + n));
        sets.add(Sets.of(TransportProtocol.UDP, "fd96::" + n, 80, 9000 + n));
      }
      scene.backends(backends);
      scene.apply(sets);
      return scene;
    } catch (IOException e) {
      scene.close();
      throw e;
    }
  }

  static int entries(Scene scene, String map) throws IOException {
    try (BpfMap replies = scene.openMap(map)) {
      return MapBatch.of(replies).readAll().size();
    }
  }
}
