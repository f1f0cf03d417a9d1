// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The services that the socket programs of programs.py know, in every form in which they are
 * needed: as a table for the load balancer, as rules of iptables, and as names.
 */
final class Cast {
  private static final int DIRECT_PORT = 9006;

  /** Each service's port, and the ports of its backends: 9099 is one where nobody listens. */
  private record Part(String name, int port, List<Integer> backends) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("A", 80, List.of(9001)),
          new Part("B", 80, List.of(9002)),
          new Part("TWO", 80, List.of(9003, 9004)),
          new Part("SAME1", 80, List.of(9005)),
          new Part("SAME2", 80, List.of(9005)),
          new Part("DIRECT", 80, List.of(DIRECT_PORT)),
          new Part("DNS", 53, List.of(9053)),
          new Part("SHUT", 80, List.of(9099)),
          new Part("NONE", 80, List.of()));

  private Cast() {}

  private static String serviceAddress(int index, boolean ipv6) {
    return (ipv6 ? "fd96::" : "10.96.0.") + (index + 1);
  }

  private static String server(boolean ipv6) {
    return ipv6 ? Scene.SERVER_V6 : Scene.SERVER_V4;
  }

  /** What {@link Scene#backends} takes. */
  static List<String> backends() {
    List<String> words = new ArrayList<>();
    for (boolean ipv6 : List.of(false, true)) {
      for (int port = 9001; port <= DIRECT_PORT; port++) {
        words.add("tcp:" + server(ipv6) + ":" + port + ":backend " + port);
        words.add("udp:" + server(ipv6) + ":" + port + ":backend " + port);
      }
      words.add("dns:" + server(ipv6) + ":9053:dns");
    }
    return words;
  }

  /** For the load balancer. */
  static List<BackendSet> sets() {
    List<BackendSet> sets = new ArrayList<>();
    for (boolean ipv6 : List.of(false, true)) {
      for (int i = 0; i < PARTS.size(); i++) {
        for (TransportProtocol protocol : List.of(TransportProtocol.TCP, TransportProtocol.UDP)) {
          Part part = PARTS.get(i);
          sets.add(
              new BackendSet(
                  "test/" + part.name() + ":" + part.port() + "/" + protocol + "/" + ipv6,
                  new BackendSet.Frontend(
                      ipv6,
                      protocol,
                      List.of(InetAddress.ofLiteral(serviceAddress(i, ipv6))),
                      part.port(),
                      0),
                  0,
                  part.backends().stream().map(port -> address(server(ipv6), port)).toList(),
                  List.of()));
        }
      }
    }
    return sets;
  }

  static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  /** Per-packet translation as kube-proxy does it, for iptables-restore or ip6tables-restore. */
  static String rules(boolean ipv6) {
    StringBuilder nat = new StringBuilder("*nat\n");
    StringBuilder filter = new StringBuilder("*filter\n");
    for (int i = 0; i < PARTS.size(); i++) {
      for (String protocol : List.of("tcp", "udp")) {
        Part part = PARTS.get(i);
        String match =
            "-A OUTPUT -d "
                + serviceAddress(i, ipv6)
                + " -p "
                + protocol
                + " --dport "
                + part.port();
        if (part.backends().isEmpty()) {
          filter.append(match).append(" -j REJECT\n");
        }
        for (int left = part.backends().size(); left > 0; left--) {
          nat.append(match);
          if (left > 1) {
            nat.append(" -m statistic --mode random --probability ").append(1.0 / left);
          }
          String host = ipv6 ? "[" + server(true) + "]" : server(false);
          int port = part.backends().get(part.backends().size() - left);
          nat.append(" -j DNAT --to-destination ").append(host).append(':').append(port);
          nat.append('\n');
        }
      }
    }
    return nat.append("COMMIT\n").append(filter).append("COMMIT\n").toString();
  }

  /** What programs.py reads, as JSON. */
  static String toJson() {
    Map<String, String> names = new TreeMap<>();
    StringBuilder services = new StringBuilder();
    for (boolean ipv6 : List.of(false, true)) {
      for (int port = 9001; port <= DIRECT_PORT; port++) {
        names.put(server(ipv6) + " " + port, "backend " + port);
      }
      services.append(ipv6 ? ",\"v6\":{" : "\"v4\":{");
      for (int i = 0; i < PARTS.size(); i++) {
        Part part = PARTS.get(i);
        String address = serviceAddress(i, ipv6);
        names.put(address + " " + part.port(), "service " + part.name());
        services.append(place(part.name(), address, part.port())).append(',');
      }
      services.append(place("unknown", serviceAddress(0, ipv6), 81)).append(',');
      services.append(place("direct", server(ipv6), DIRECT_PORT)).append('}');
    }
    StringBuilder json = new StringBuilder("{\"services\":{").append(services).append("},");
    json.append("\"names\":{");
    List<String> pairs = new ArrayList<>();
    names.forEach((address, name) -> pairs.add("\"" + address + "\":\"" + name + "\""));
    json.append(String.join(",", pairs)).append("},\"jvm\":[\"");
    return json.append(String.join("\",\"", jvm())).append("\"]}").toString();
  }

  /** This machine, running {@link NameQuestion}. */
  private static List<String> jvm() {
    return List.of(
        ProcessHandle.current().info().command().orElseThrow(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        Path.of(Cast.class.getProtectionDomain().getCodeSource().getLocation().getPath())
            .toString(),
        NameQuestion.class.getName());
  }

  private static String place(String name, String address, int port) {
    return "\"" + name + "\":[\"" + address + "\"," + port + "]";
  }
}
