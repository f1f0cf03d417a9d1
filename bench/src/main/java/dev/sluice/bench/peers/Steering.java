// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How connections of a pod's application get where they go: always by Sluice's own commands. */
enum Steering {
  /** As if there was no mesh. */
  NONE,
  /** By the rules of {@code sluice init}. */
  REDIRECT,
  /** The same with TPROXY for what leaves. */
  TPROXY,
  /** By {@code sluice capture}, without rules. */
  SOCKET,
  /** By {@code sluice lb}, without a proxy. */
  BALANCED;

  private static final String SERVICE = "198.19.0.1";
  private static final String SERVICE_IPV6 = "2001:2:1::1";

  /** What the application dials. */
  String target() {
    return this == BALANCED ? SERVICE : BenchWorld.SERVER;
  }

  /** The same in the other family. */
  String targetIpv6() {
    return this == BALANCED ? SERVICE_IPV6 : BenchWorld.SERVER_IPV6;
  }

  /** Puts it in force in {@code pod}. */
  void apply(BenchWorld world, Pod pod) throws IOException {
    String pins = "--bpf-fs=" + world.bpfFileSystem();
    switch (this) {
      case NONE -> {}
      case REDIRECT -> init(pod, List.of());
      case TPROXY -> init(pod, List.of("-m", "TPROXY", "--outbound-interception-mode", "TPROXY"));
      case SOCKET ->
          BenchWorld.sluice(
              List.of(
                  "capture",
                  "on",
                  "--cgroup=" + pod.cgroup(),
                  "--proxy-cgroup=" + pod.proxyCgroup(),
                  "--netns=" + pod.namespace().path(),
                  pins));
      case BALANCED -> {
        Path services =
            Configuration.write(
                "services.yaml", world.folder().resolve("services.yaml"), Map.of(), List.of());
        BenchWorld.sluice(
            List.of(
                "lb",
                "apply",
                "-f=" + services,
                "--cgroup=" + pod.cgroup(),
                "--host-netns=" + pod.namespace().path(),
                pins));
      }
    }
  }

  private static void init(Pod pod, List<String> options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("init", "--network-namespace=" + pod.namespace().path()));
    command.addAll(options);
    BenchWorld.sluice(command);
  }
}
