// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.lab.party.EnvoyPackage;
import dev.sluice.lab.party.SidecarUnavailableException;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Every variant that can be run here, and why the others can't. */
final class Catalogue {
  /** All names, in the order of the tables. */
  static final List<String> NAMES =
      List.of(
          Variant.DIRECT,
          Variant.DIRECT_AGAIN,
          Variant.REDIRECT,
          "tproxy",
          "socket",
          "socket-lb",
          Variant.HAPROXY,
          "haproxy-splice",
          "nginx",
          "envoy",
          "ztunnel",
          "linkerd2-proxy",
          Variant.SLOWED);

  private static final Path STREAM_MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

  private final boolean accessLog;
  private final List<Variant> variants = new ArrayList<>();
  private final List<Missing> missing = new ArrayList<>();

  private Catalogue(boolean accessLog) {
    this.accessLog = accessLog;
  }

  /** A variant that can't be run, and why. */
  record Missing(String name, String reason) {}

  /**
   * Looks for programs.
   *
   * @param only names of {@link #NAMES}; the direct connections are always there
   */
  static Catalogue of(Set<String> only, boolean accessLog) throws IOException {
    Catalogue catalogue = new Catalogue(accessLog);
    for (String name : NAMES) {
      if (only.contains(name) || name.startsWith(Variant.DIRECT)) {
        catalogue.add(name);
      }
    }
    return catalogue;
  }

  List<Variant> variants() {
    return List.copyOf(variants);
  }

  /** Named in every output: nothing is left out silently. */
  List<Missing> missing() {
    return List.copyOf(missing);
  }

  private void add(String name) throws IOException {
    switch (name) {
      case Variant.DIRECT -> direct(name, "nothing in the way");
      case Variant.DIRECT_AGAIN -> direct(name, "the same under another name: shows the noise");
      case Variant.REDIRECT ->
          ours(name, "Sluice behind REDIRECT", Steering.REDIRECT, Rights.PROXY, List.of());
      case "tproxy" ->
          ours(
              name,
              "Sluice behind TPROXY, without nat",
              Steering.TPROXY,
              Rights.PROXY_NET_ADMIN,
              List.of("--interception-mode=TPROXY", "--outbound-interception-mode=TPROXY"));
      case "socket" ->
          ours(
              name,
              "Sluice behind sluice capture, without netfilter",
              Steering.SOCKET,
              Rights.ROOT,
              List.of("--interception-mode=SOCKET"));
      case "socket-lb" ->
          variants.add(
              new Variant(
                  name,
                  "sluice lb alone: a service IP, and no proxy",
                  true,
                  Steering.BALANCED,
                  Optional.empty()));
      case Variant.HAPROXY -> haProxy(name, false);
      case "haproxy-splice" -> haProxy(name, true);
      case "nginx" -> nginx(name);
      case "envoy" -> envoy(name);
      case "ztunnel" -> ztunnel(name);
      case "linkerd2-proxy" -> linkerd(name);
      case Variant.SLOWED ->
          variants.add(
              new Variant(
                  name,
                  "self-check: the first one with 50 us added to each read; must be slower",
                  true,
                  Steering.REDIRECT,
                  Optional.of(
                      new OurProxy(Rights.PROXY, List.of(), SlowedReads.JAVA_OPTION, accessLog))));
      default -> throw new IllegalArgumentException("variant " + name + "; expected " + NAMES);
    }
  }

  private void direct(String name, String description) {
    variants.add(new Variant(name, description, false, Steering.NONE, Optional.empty()));
  }

  private void ours(
      String name, String description, Steering steering, Rights rights, List<String> options) {
    variants.add(
        new Variant(
            name,
            description,
            true,
            steering,
            Optional.of(new OurProxy(rights, options, "", accessLog))));
  }

  private void peer(String name, String description, ProxyProgram program) throws IOException {
    variants.add(
        new Variant(
            name,
            description + ": " + program.version(),
            false,
            Steering.REDIRECT,
            Optional.of(program)));
  }

  private void haProxy(String name, boolean splice) throws IOException {
    Optional<Path> program = Programs.find("haproxy");
    if (program.isEmpty()) {
      missing.add(new Missing(name, "haproxy is not installed (Debian package haproxy)"));
      return;
    }
    peer(
        name,
        splice ? "HAProxy with splice" : "HAProxy without splice",
        new HaProxy(program.get(), splice, accessLog));
  }

  private void nginx(String name) throws IOException {
    Optional<Path> program = Programs.find("nginx");
    if (program.isEmpty() || !Files.exists(STREAM_MODULE)) {
      missing.add(
          new Missing(
              name,
              "no nginx with "
                  + STREAM_MODULE
                  + " (Debian packages nginx-light, libnginx-mod-stream)"));
      return;
    }
    peer(name, "nginx stream", new NginxProxy(program.get(), accessLog));
  }

  private void envoy(String name) throws IOException {
    Path peers = Path.of(System.getProperty("sluice.home"), "core/target/peers");
    try {
      peer(name, "Envoy", new EnvoyProxy(EnvoyPackage.program(peers), accessLog));
    } catch (SidecarUnavailableException e) {
      missing.add(new Missing(name, String.valueOf(e.getMessage())));
    }
  }

  private void ztunnel(String name) throws IOException {
    Optional<Path> program = Programs.find(name);
    if (program.isEmpty()) {
      missing.add(new Missing(name, "not installed (no package has it: built from its sources)"));
      return;
    }
    peer(name, "ztunnel, plain text passed through", new ZtunnelProxy(program.get(), accessLog));
  }

  /** It asks its control plane for each destination, and for its identity before it starts. */
  private void linkerd(String name) {
    missing.add(
        new Missing(
            name,
            Programs.find(name)
                .map(
                    path ->
                        "found at "
                            + path
                            + ", but it starts with its control plane only, and the bench has none")
                .orElse("not installed; it starts with its control plane only")));
  }
}
