// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static dev.sluice.rules.ProxyPorts.ISTIO;

import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.rules.Family;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RulesException;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is in the network namespace. Immutable.
 *
 * @param inode its number
 * @param rules ours, by backend
 * @param unreadable why they could not be listed; empty if they could
 * @param others rules of other meshes
 * @param settings of the kernel, as sysctl names them; those that this namespace doesn't have are
 *     missing
 */
public record NamespaceFacts(
    long inode,
    Sockets sockets,
    List<RuleFacts> rules,
    Optional<String> unreadable,
    List<MeshRules> others,
    Map<String, String> settings) {
  /** What matters to a proxy, and nothing else. */
  private static final List<String> SETTINGS =
      List.of(
          "net.ipv4.conf.all.src_valid_mark",
          "net.ipv4.tcp_fwmark_accept",
          "net.ipv4.ip_nonlocal_bind",
          "net.ipv6.ip_nonlocal_bind",
          "net.ipv6.conf.lo.disable_ipv6",
          "net.ipv4.conf.all.rp_filter",
          "net.ipv4.conf.all.route_localnet",
          "net.ipv4.ip_forward",
          "net.netfilter.nf_conntrack_count",
          "net.netfilter.nf_conntrack_max");

  /**
   * Sockets and those who hold them.
   *
   * @param ipv6 whether it is spoken
   * @param loopbackUp whether lo is up
   * @param listeners all TCP sockets that listen
   * @param residents all processes that live here
   */
  public record Sockets(
      Ipv6Support ipv6, boolean loopbackUp, List<Listener> listeners, List<Resident> residents) {
    /** Copies the lists. */
    public Sockets {
      listeners = List.copyOf(listeners);
      residents = List.copyOf(residents);
    }

    /**
     * Those for {@code family} on {@code port}. One of IPv6 may serve IPv4 too; that it does is for
     * whoever asks to find out.
     */
    List<Listener> on(Family family, int port) {
      return listeners.stream()
          .filter(each -> each.family() == family && each.port() == port)
          .toList();
    }

    Optional<Resident> holder(Listener listener) {
      return residents.stream().filter(each -> each.holds(listener.socket())).findFirst();
    }
  }

  /** Copies what can be copied. */
  public NamespaceFacts {
    rules = List.copyOf(rules);
    others = List.copyOf(others);
    settings = Map.copyOf(settings);
  }

  static NamespaceFacts gather(Subject subject) throws IOException {
    List<RuleFacts> rules = List.of();
    List<MeshRules> others = List.of();
    Optional<String> unreadable = Optional.empty();
    try {
      others = MeshRules.find(subject.runner());
      rules = RuleFacts.find(subject.runner());
    } catch (RulesException e) {
      unreadable = Optional.of(String.valueOf(e.getMessage()));
    }
    Set<Integer> ports = new TreeSet<>(Set.of(ISTIO.outbound(), ISTIO.inbound()));
    rules.forEach(each -> ports.addAll(each.ports()));
    Here here = subject.call(() -> Here.look(ports));
    return new NamespaceFacts(
        here.inode,
        new Sockets(here.ipv6, here.loopbackUp, here.listeners, Resident.of(here.inode)),
        rules,
        unreadable,
        others,
        here.settings);
  }

  /** What has to be asked inside. */
  private record Here(
      long inode,
      Ipv6Support ipv6,
      boolean loopbackUp,
      List<Listener> listeners,
      Map<String, String> settings) {
    static Here look(Set<Integer> ports) throws IOException {
      NetworkInterface lo = NetworkInterface.getByName("lo");
      try (NetworkNamespace namespace = NetworkNamespace.current()) {
        return new Here(
            namespace.inode(),
            Ipv6Support.probe(),
            lo != null && lo.isUp(),
            Listener.here(ports),
            settingsHere());
      }
    }

    /** /proc/sys/net is that of the thread which opens it. */
    private static Map<String, String> settingsHere() throws IOException {
      Map<String, String> found = new LinkedHashMap<>();
      for (String name : SETTINGS) {
        Path file = Path.of("/proc/sys", name.replace('.', '/'));
        if (Files.isReadable(file)) {
          try (Stream<String> lines = Files.lines(file)) {
            lines.findFirst().ifPresent(value -> found.put(name, value.strip()));
          }
        }
      }
      return found;
    }
  }

  /** Whether a setting has that value. */
  boolean is(String setting, String value) {
    return value.equals(settings.get(setting));
  }

  /** In per cent of what the table holds; empty where nothing tracks connections. */
  public Optional<Integer> conntrackUse() {
    String count = settings.get("net.netfilter.nf_conntrack_count");
    String most = settings.get("net.netfilter.nf_conntrack_max");
    if (count == null || most == null || Long.parseLong(most) == 0) {
      return Optional.empty();
    }
    return Optional.of((int) (100 * Long.parseLong(count) / Long.parseLong(most)));
  }
}
